import type { RehearsalReport, RehearsedDomain } from '../../rehearsal/report-schema.js';
import { formatSpan, oneLine } from '../io/text.js';
import { countsText, waveText } from './fleet.js';

/** VMs and changes that are named. */
const MOST_NAMED = 10;

/** What a rehearsal has shown, for a person to decide by. */
export function renderRehearsal(report: RehearsalReport): string[] {
  return [
    ...staleLines(report),
    ...headLines(report),
    ...durationLines(report),
    ...windowLines(report),
    ...apiLines(report),
    ...unavailableLines(report),
    ...eraseLines(report),
    ...gateLines(report),
    ...unexpectedOutcomeLines(report),
    '',
    'how it was rehearsed:',
    ...report.notes.map((note) => `  - ${oneLine(note)}`),
    'Nothing real was touched.',
  ];
}

const KINDS = {
  pause: 'it would pause',
  stop: 'it would end as failed',
  rollback: 'it would turn back, put back what it has moved, and end as failed',
  held: 'it would wait for a decision on a held VM',
  blocked: 'it would stand still: its limits let no further VM be started',
} as const;

function headLines({ outcome, name, regionId, imageId, size, failing, seed, counts, stop }: RehearsalReport): string[] {
  const failed = failing.length === 0 ? 'none is made to fail' : `${failing.length} are made to fail (seed ${seed})`;
  return [
    `Rehearsal of ${name} in ${regionId} -> ${oneLine(imageId)}: ${size} VMs, ${failed}`,
    ...(failing.length === 0 ? [] : [`  failing  ${named(failing)}`]),
    `  VMs      ${countsText(counts)}`,
    ...(stop === null
      ? [outcome === 'done' ? '  it would go through to its end' : '']
      : [
          `  ${KINDS[stop.kind]}, ${formatSpan(stop.afterSeconds * 1000)} after its start, in ${waveText(stop.wave.index, stop.wave)}:`,
          `    ${oneLine(stop.reason)}`,
        ]),
    '',
  ];
}

function durationLines({ duration, bakes, stop }: RehearsalReport): string[] {
  const { seconds, planSeconds, rehearsedSeconds, compress, pace } = duration;
  const span = (of: number) => formatSpan(of * 1000);
  const until =
    stop === null ? '' : stop.kind === 'rollback' ? ', until all is put back' : ', until nothing is under way';
  const baked = bakes.count === 0 ? '' : `, of it ${bakes.count} x ${span(bakes.eachSeconds)} of bake`;
  return [
    `duration: ${span(seconds)}${until}${baked}; the plan estimates ${span(planSeconds)} for all of it`,
    `  rehearsed in ${span(rehearsedSeconds)}, ${compress} times faster; its own overhead taken off, a second stood for ${pace.toFixed(1)}`,
    ...slowLines(pace, compress),
  ];
}

/** What server and worker take is subtracted, and the more there is of it, the less exactly. */
function slowLines(pace: number, compress: number): string[] {
  if (pace >= compress / 2) return [];
  const better = Math.max(1, Math.round(pace));
  return [`  this machine keeps up with no more than that: --compress ${better} takes hardly longer and is more exact`];
}

function windowLines({ windows }: RehearsalReport): string[] {
  if (windows === null) return ['maintenance windows: none, it may start at any time'];
  const { occurrences, left } = windows;
  const filled = occurrences.filter(({ starts }) => starts > 0);
  const lines = filled.map(({ occurrence, starts }) => `  ${vms(starts)} in ${oneLine(occurrence.local)}`);
  const rest = left === 0 ? [] : [`  ${vms(left)} in none of the ${occurrences.length} openings that the plan knows`];
  return ['maintenance windows, by these durations there would start:', ...lines, ...rest];
}

function vms(count: number): string {
  return count === 1 ? '1 VM' : `${count} VMs`;
}

function apiLines({ apiCalls: { total, peakAMinute, capAMinute }, stop, size }: RehearsalReport): string[] {
  const cap = capAMinute === null ? 'a worker has no cap' : `a worker makes ${capAMinute} at most`;
  const each = stop === null ? `, ${(total / size).toFixed(1)} a VM` : '';
  return [`API calls: ${total}${each}; at most ${peakAMinute} in a minute, ${cap}`];
}

function unavailableLines({ unavailable: { fleet, domains } }: RehearsalReport): string[] {
  const rows = Object.entries(domains).map(([place, of]) => `  ${oneLine(place)}: ${placeText(of)}`);
  return [`unavailable at a time, at most: ${placeText(fleet)}`, ...rows];
}

function placeText({ peak, limit, before }: RehearsedDomain): string {
  const of = limit === null ? ' (no limit of its own)' : ` of ${limit}`;
  return `${peak}${of}${before === 0 ? '' : `, ${before} of them down before it began`}`;
}

function eraseLines({ erases, size }: RehearsalReport): string[] {
  const counts = new Map<number, number>();
  for (const times of Object.values(erases)) counts.set(times, (counts.get(times) ?? 0) + 1);
  const told = [...counts].toSorted(([a], [b]) => b - a).map(([times, of]) => `${of} ${timesText(times)}`);
  return [`system disks erased, of ${vms(size)}: ${told.join(', ')}`];
}

function timesText(times: number): string {
  return ['never', 'once', 'twice: moved, and put back'][times] ?? `${times} times`;
}

function gateLines({ gates }: RehearsalReport): string[] {
  if (gates.length === 0) return ['gates: none'];
  return [
    'gates, approved at once here:',
    ...gates.map(({ reason, afterSeconds }) => `  after ${formatSpan(afterSeconds * 1000)} it ${oneLine(reason)}`),
  ];
}

/** Of a call to the simulator: nobody can look it up. */
const REQUEST_ID = / \(request id [^)]*\)/;

/** Each failure once, with the VMs that have it: a quota that is used up befalls many. */
function unexpectedOutcomeLines({ unexpectedOutcomes }: RehearsalReport): string[] {
  if (unexpectedOutcomes.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { instanceId, state, failure, reason: said } of unexpectedOutcomes) {
    const bare = said?.replaceAll(instanceId, 'it').replace(REQUEST_ID, '') ?? null;
    const reason = [state, failure, bare].filter((part) => part !== null).join(': ');
    byReason.set(reason, [...(byReason.get(reason) ?? []), instanceId]);
  }
  const told = [...byReason].slice(0, MOST_NAMED).map(([reason, ids]) => `  ${oneLine(reason)} (${named(ids)})`);
  const more = byReason.size > told.length ? [`  and ${byReason.size - told.length} more reasons`] : [];
  return ['not well though they were not made to fail:', ...told, ...more];
}

/** Says that a plan is of another day, before anything that is shown of it is believed. None where all is as it has seen it. */
export function staleLines({ changes }: Pick<RehearsalReport, 'changes'>): string[] {
  if (changes.length === 0) return [];
  const told = changes.slice(0, MOST_NAMED).map((change) => `  ${oneLine(change)}`);
  const more = changes.length > told.length ? [`  and ${changes.length - told.length} more`] : [];
  return ['the plan is stale: its start would be refused. Rehearsed as it is now:', ...told, ...more];
}

function named(texts: readonly string[]): string {
  const more = texts.length > MOST_NAMED ? ` and ${texts.length - MOST_NAMED} more` : '';
  return `${texts.slice(0, MOST_NAMED).map(oneLine).join(', ')}${more}`;
}
