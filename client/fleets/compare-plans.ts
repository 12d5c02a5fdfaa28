import { canonicalJson } from '../../contracts/canonical-digest.js';
import type { FleetPlan, FleetRow } from '../../contracts/fleet/fleet-plan.js';

/** A first wave of this name is followed by a gate of its own. */
const CANARY = 'canary';

/** VMs that a line names. */
const MOST_NAMED = 20;

/**
 * What is no longer as it was between two plans of a fleet, one line each; empty where nothing that matters is: which
 * VMs are rebuilt, what they are rebuilt from and onto, who is skipped, in which waves, under which limits. What a VM's
 * status or health was is no part of that, nor are times and warnings, nor what waves are called: they are told apart by
 * their numbers, as another version may call them otherwise. Only of the first it matters that it is the canary.
 */
export function whatChanged(before: FleetPlan, after: FleetPlan): string[] {
  return [
    ...changed('image', before.image.imageId, after.image.imageId),
    ...specLines(before, after),
    ...vmLines(before, after),
    ...(sameWaves(before, after) ? [] : [`waves: ${wavesText(before)} -> ${wavesText(after)}`]),
    ...changed('limits', canonicalJson(before.limits), canonicalJson(after.limits)),
    ...changed('image counts as new', String(before.image.isNew), String(after.image.isNew)),
  ];
}

function changed(what: string, before: string, after: string): string[] {
  return before === after ? [] : [`${what}: ${before} -> ${after}`];
}

function specLines(before: FleetPlan, after: FleetPlan): string[] {
  const fields = new Set([...Object.keys(before.spec), ...Object.keys(after.spec)]);
  const text = ({ spec }: FleetPlan, field: string) =>
    canonicalJson(Object.entries(spec).find(([key]) => key === field));
  return [...fields]
    .filter((field) => text(before, field) !== text(after, field))
    .map((field) => `${field}: not what it was`);
}

/** How what differs is called, in a plan. */
type Naming = (value: string | number, plan: FleetPlan) => string;

function vmLines(before: FleetPlan, after: FleetPlan): string[] {
  const now = new Map(after.rows.map((row) => [row.instanceId, row]));
  const then = new Set(before.rows.map(idOf));
  const differs = (what: string, read: (row: FleetRow) => string | number, name: Naming = (value) => `${value}`) =>
    listed(
      what,
      before.rows.flatMap((row) => {
        const other = now.get(row.instanceId);
        const [old, fresh] = [read(row), other === undefined ? null : read(other)];
        return fresh === null || old === fresh
          ? []
          : [`${row.instanceId} (${name(old, before)} -> ${name(fresh, after)})`];
      }),
    );
  return [
    ...listed(
      'not selected before',
      after.rows.map(idOf).filter((id) => !then.has(id)),
    ),
    ...listed(
      'selected no more',
      before.rows.map(idOf).filter((id) => !now.has(id)),
    ),
    ...differs('skipped otherwise', ({ skip }) => skip?.code ?? 'rebuilt'),
    ...differs('has another image', ({ imageBefore }) => imageBefore ?? 'none'),
    ...differs(
      'in another wave',
      ({ wave }) => wave ?? -1,
      (wave, { waves }) => waves[Number(wave)]?.name ?? 'none',
    ),
    ...orderLines(membersOf(before), membersOf(after)),
  ];
}

/** The order is told only where the same VMs are taken: else it is another one in any case. */
function orderLines(before: readonly string[], after: readonly string[]): string[] {
  const same = canonicalJson(before.toSorted()) === canonicalJson(after.toSorted());
  return same && canonicalJson(before) !== canonicalJson(after) ? ['order: the VMs are taken in another order'] : [];
}

function membersOf({ rows }: FleetPlan): string[] {
  return rows.filter(({ wave }) => wave !== null).map(idOf);
}

function idOf({ instanceId }: FleetRow): string {
  return instanceId;
}

function sameWaves(before: FleetPlan, after: FleetPlan): boolean {
  const shape = ({ waves }: FleetPlan) => [waves[0]?.name === CANARY, ...waves.map(({ size }) => size)].join();
  return shape(before) === shape(after);
}

function wavesText({ waves }: FleetPlan): string {
  return waves.map(({ name, size }) => `${name}: ${size}`).join(', ') || 'none';
}

function listed(what: string, vms: readonly string[]): string[] {
  if (vms.length === 0) return [];
  const more = vms.length > MOST_NAMED ? `, and ${vms.length - MOST_NAMED} more` : '';
  return [`${what}: ${vms.slice(0, MOST_NAMED).join(', ')}${more}`];
}
