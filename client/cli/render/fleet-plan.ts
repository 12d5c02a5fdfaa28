import { fleetIdOf } from '../../../contracts/fleet/fleet-ids.js';
import type { FleetLimits } from '../../../contracts/fleet/fleet-limits.js';
import type { FleetPlan, FleetRow } from '../../../contracts/fleet/fleet-plan.js';
import { originText } from '../../../contracts/rebuild-plan.js';
import { formatSpan, oneLine, renderTable } from '../io/text.js';
import { waveText } from './fleet.js';

/** Everything that a plan says, for a person to decide on. */
export function renderFleetPlan(plan: FleetPlan): string[] {
  return [
    ...headerLines(plan),
    '',
    ...memberLines(plan),
    ...skippedLines(plan),
    ...sickLines(plan),
    ...waveLines(plan),
    ...limitLines(plan.limits),
    ...timeLines(plan),
    ...occurrenceLines(plan),
    ...plan.warnings.map(({ code, message }) => `warning: ${oneLine(message)} (${oneLine(code)})`),
    'Nothing was touched.',
  ];
}

function headerLines({ spec, image, digest, planId, plannedAt, rows }: FleetPlan): string[] {
  const members = rows.filter(({ wave }) => wave !== null).length;
  const name = image.name === null ? '' : ` "${oneLine(image.name)}"`;
  return [
    `Reimage of ${spec.name} in ${spec.regionId}: ${members} of ${rows.length} VMs are rebuilt`,
    `  image    ${image.imageId}${name}${image.isNew ? ', new: on no VM of the selection, and no rebuild onto it was done before' : ''}`,
    ...originLines(image),
    `  fleet    ${fleetIdOf(spec.name, digest)}, when it is started`,
    `  plan     ${planId}, made ${plannedAt}`,
    `  digest   ${digest}`,
  ];
}

function originLines({ origin, others }: FleetPlan['image']): string[] {
  const lines = origin === undefined ? [] : [`           ${oneLine(originText(origin))}`];
  if (others === undefined || others.count === 0) return lines;
  const { count, images } = others;
  const named = images.map(
    ({ imageId, name, createdAt, reason }) =>
      `           ${oneLine(`${imageId} "${name}", made ${createdAt ?? 'nobody knows when'}: ${reason}`)}`,
  );
  const more = count > images.length ? [`           and ${count - images.length} older ones`] : [];
  return [
    ...lines,
    `  also     ${count === 1 ? '1 image' : `${count} images`} of such a name, not taken:`,
    ...named,
    ...more,
  ];
}

function memberLines({ rows, waves, image }: FleetPlan): string[] {
  let last: number | null = null;
  return rows.flatMap((row) => {
    if (row.wave === null) return [];
    const heading = row.wave === last ? [] : [`${waveText(row.wave, waves[row.wave])}:`];
    last = row.wave;
    return [...heading, `  ${vmText(row)} ${row.imageBefore ?? 'no image'} -> ${image.imageId} ! erases system disk`];
  });
}

function vmText({ instanceId, name, az }: FleetRow): string {
  return [instanceId, name ?? '-', az ?? '-'].map((text) => oneLine(text) || '-').join(' ');
}

/** Those that are left alone, by kind; each with every reason. What many have in common, such as a key that there is not, is told once. */
function skippedLines({ rows }: FleetPlan): string[] {
  const skipped = rows.filter(({ skip }) => skip !== null);
  const groups = grouped(skipped, ({ skip }) => skip?.code ?? '');
  const listed = [...groups].flatMap(([code, some]) => [`  ${code} (${some.length}):`, ...byReason(some)]);
  return listed.length === 0 ? [] : ['', 'skipped:', ...listed];
}

/** Rows under a key each, in their order, and in that of the first of each key. */
function grouped(rows: readonly FleetRow[], keyOf: (row: FleetRow) => string): Map<string, FleetRow[]> {
  const groups = new Map<string, FleetRow[]>();
  for (const row of rows) {
    const some = groups.get(keyOf(row));
    if (some === undefined) groups.set(keyOf(row), [row]);
    else some.push(row);
  }
  return groups;
}

function byReason(rows: readonly FleetRow[]): string[] {
  const alike = grouped(rows, ({ skip }) => JSON.stringify(skip?.reasons));
  return [...alike.values()].flatMap((some) => {
    const [first = '', ...more] = (some[0]?.skip?.reasons ?? []).map(oneLine);
    const only = some.length === 1 && some[0] !== undefined ? `${vmText(some[0])}: ` : '';
    const vms = only === '' ? some.map((row) => `      ${vmText(row)}`) : [];
    return [`    ${only}${first}`, ...more.map((reason) => `    ${only === '' ? '' : '  '}${reason}`), ...vms];
  });
}

function sickLines({ rows }: FleetPlan): string[] {
  const sick = rows.flatMap((row) =>
    row.unhealthyReason === null ? [] : [`  ${vmText(row)}: ${oneLine(row.unhealthyReason)}`],
  );
  return sick.length === 0 ? [] : ['', 'sick already:', ...sick];
}

function waveLines({ waves, spec }: FleetPlan): string[] {
  if (waves.length === 0) return [''];
  const { bakeSeconds } = spec.rollout;
  const rows = waves.map(({ name, size }, index) => [waveText(index, { name }), String(size)]);
  return ['', ...renderTable(['WAVE', 'VMS'], rows), `after each wave ${formatSpan(bakeSeconds * 1000)} of bake`];
}

function limitLines({ unavailable, failures, held }: FleetLimits): string[] {
  const each = (counts: Readonly<Record<string, number>> = {}) =>
    Object.entries(counts).map(([key, count]) => `${oneLine(key) || '""'} ${count}`);
  const parts = [...each(unavailable.perAz), ...each(unavailable.perGroup)];
  const waves = failures.perWave === undefined ? '' : `; in each wave ${failures.perWave.join(', ')}`;
  return [
    `unavailable at a time: ${unavailable.fleet}${parts.length === 0 ? '' : `; of them ${parts.join(', ')}`}`,
    `failures tolerated: ${failures.fleet}${waves}${failures.strict ? '; strict' : ''}`,
    `held at a time: ${held}`,
  ];
}

function timeLines({ estimate, spec, waves }: FleetPlan): string[] {
  const { rebuild, totalSeconds, apiCalls } = estimate;
  const span = (seconds: number) => formatSpan(seconds * 1000);
  const source = rebuild.samples === 0 ? 'assumed' : `measured on ${rebuild.samples}`;
  const bake = waves.length * spec.rollout.bakeSeconds;
  return [
    `a rebuild takes ${span(rebuild.p50Seconds)}, nine of ten at most ${span(rebuild.p90Seconds)} (${source})`,
    `all of it takes about ${span(totalSeconds)} of rebuilding and ${span(bake)} of bake, without approvals and windows`,
    `about ${apiCalls} API calls at most`,
  ];
}

function occurrenceLines({ nextWindows, spec }: FleetPlan): string[] {
  if (spec.rollout.maintenance === undefined) return ['maintenance windows: none, it may start at any time'];
  const lines = nextWindows.map(({ local, opensAt, closesAt }) => `  ${oneLine(local)}  =  ${opensAt} to ${closesAt}`);
  return ['maintenance windows, next openings:', ...(lines.length === 0 ? ['  none'] : lines)];
}
