import * as z from 'zod';
import { matcherOf } from '../../activities/fleet/match-vms.js';
import { occurrencesFrom } from '../../activities/fleet/next-windows.js';
import { limitsOf } from '../../contracts/fleet/fleet-limits.js';
import { VmSelector } from '../../contracts/fleet/fleet-spec.js';
import { Maintenance } from '../../contracts/fleet/maintenance.js';
import { Amount, RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import { formWaves, orderMembers } from '../../workflows/planning/waves.js';
import { playFleet } from '../unit/workflows/fleet/play-fleet.js';
import type { Play } from '../unit/workflows/fleet/play.js';

/** What the page says of an example, computed from the cells that stand before it. */
export type Figure = (cells: readonly string[]) => string;

const SIZES = { waves: [], perAz: {}, perGroup: {} };
const Counts = z.record(z.string(), z.int());
const members = (size: number) =>
  Array.from({ length: size }, (_, at) => ({ instanceId: `i-${String(at + 1).padStart(2, '0')}` }));

/** A cell as JSON; its back-ticks do not count. */
const read = <Schema extends z.ZodType>(schema: Schema, cell = ''): z.output<Schema> =>
  schema.parse(JSON.parse(cell.replaceAll('`', '')));
const policy = (input: z.input<typeof RolloutPolicy>) => RolloutPolicy.parse(input);

const waves: Figure = ([vms, canary, sizes]) => {
  const { canary: first, waves: rest } = RolloutPolicy.parse({
    canary: read(z.unknown(), canary),
    waves: read(z.unknown(), sizes),
  });
  const formed = formWaves(members(Number(vms)), { canary: first, waves: rest }).waves;
  return formed.map(({ name, size }) => `${name}: ${size}`).join(', ');
};

const unavailable: Figure = ([vms, fleet]) =>
  String(
    limitsOf(policy({ maxUnavailable: { fleet: read(Amount, fleet) } }), { ...SIZES, fleet: Number(vms) }).unavailable
      .fleet,
  );

const perPlace: Figure = ([counts, max]) => {
  const perAz = read(Counts, counts);
  const sizes = { ...SIZES, fleet: 0, perAz };
  const limits = limitsOf(policy({ maxUnavailable: { perAz: read(Amount, max) } }), sizes).unavailable.perAz;
  return Object.entries(limits ?? {})
    .map(([place, limit]) => `${place}: ${limit}`)
    .join(', ');
};

/** Plays a fleet of one wave in which all VMs fail, and stops when it does. */
function failing(size: number, rollout: NonNullable<Play['rollout']>) {
  const vms = Array.from({ length: size }, () => ({ minutes: 5, end: 'fails', az: 'a' }) as const);
  return playFleet({ waves: [{ name: 'wave 1', size }], vms, rollout: { ...rollout, onBudgetExhausted: 'stop' } });
}

/** Failures of one after the other until the fleet stops. */
const exhaustedBy = (size: number, maxFailures: z.input<typeof RolloutPolicy>['maxFailures']) =>
  failing(size, { maxUnavailable: { fleet: 1 }, ...(maxFailures !== undefined && { maxFailures }) }).record.members
    .counts.counts.failed ?? 0;

const failures: Figure = ([vms, fleet]) => {
  const size = Number(vms);
  const amount = read(Amount, fleet);
  const tolerated = limitsOf(policy({ maxFailures: { fleet: amount } }), { ...SIZES, fleet: size }).failures.fleet;
  return `${tolerated} tolerated; failure ${exhaustedBy(size, { fleet: amount })} exhausts it`;
};

const waveFailures: Figure = ([size, wave]) => {
  const amount = read(Amount, wave);
  const exhausts = exhaustedBy(Number(size), { fleet: '100%', wave: amount });
  return `${exhausts - 1} tolerated; failure ${exhausts} exhausts it`;
};

const strict: Figure = ([vms, max, failuresBorne, isStrict]) => {
  const { lines, record } = failing(Number(vms), {
    maxUnavailable: { fleet: Number(max) },
    maxFailures: { fleet: Number(failuresBorne), strict: isStrict === '`true`' },
  });
  const atOnce = lines.filter((line) => line.startsWith('  0 min  rebuilds')).length;
  return `${atOnce} start at once; ${record.members.counts.counts.failed ?? 0} have failed when it stops`;
};

const held: Figure = ([vms, max]) =>
  String(limitsOf(policy({ maxHeld: read(Amount, max) }), { ...SIZES, fleet: Number(vms) }).held);

/** VMs of the examples on order and selection. */
const VMS = [
  { instanceId: 'i-1', instanceName: 'web-1', az: 'b', tier: 'gold' },
  { instanceId: 'i-2', instanceName: 'web-2', az: 'a', tier: 'silver' },
  { instanceId: 'i-3', instanceName: 'web-10', az: 'a', tier: 'gold' },
  { instanceId: 'i-4', instanceName: 'my-web-1', az: 'b', tier: null },
  { instanceId: 'i-5', instanceName: 'db-1', az: 'a', tier: 'silver' },
] as const;

/** The table of {@link VMS}, as the page shows it. */
export const VM_ROWS = VMS.map(({ instanceId, instanceName, az, tier }) => [instanceId, instanceName, az, tier ?? '']);

const order: Figure = ([given]) => {
  const by = policy({ order: read(RolloutPolicy.shape.order, given) }).order;
  const rankOf = (tier: string | null) => {
    const values = by.by === 'tag' ? by.values : [];
    const at = tier === null ? -1 : values.indexOf(tier);
    return at < 0 ? values.length : at;
  };
  const placed = VMS.map(({ instanceId, az, tier }) => ({ instanceId, az, rank: rankOf(tier) }));
  return orderMembers(placed, by)
    .map(({ instanceId }) => instanceId)
    .join(', ');
};

const selection: Figure = ([given]) => {
  const isSelected = matcherOf(read(VmSelector, given));
  const isMeant = ({ tier, ...vm }: (typeof VMS)[number]) =>
    isSelected({
      ...vm,
      status: 'running',
      tags: tier === null ? [] : [{ key: 'tier', value: tier }],
    });
  return (
    VMS.filter(isMeant)
      .map(({ instanceId }) => instanceId)
      .join(', ') || 'none'
  );
};

const opening: Figure = ([given, from = '']) =>
  occurrencesFrom(read(Maintenance, given), from.replaceAll('`', ''), 1)[0]?.local ?? 'none within 400 days';

/** By the header of their last column: what each table of examples is computed by. */
export const FIGURES: Readonly<Record<string, Figure>> = {
  'resulting waves': waves,
  'may be unavailable at a time': unavailable,
  'may be unavailable in each': perPlace,
  'failures of the fleet': failures,
  'failures of the wave': waveFailures,
  result: strict,
  'may be held at a time': held,
  'order of the VMs': order,
  'selected VMs': selection,
  'next opening': opening,
};
