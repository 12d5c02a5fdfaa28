import type { AuditEntry } from '../../contracts/fleet/fleet-control.js';
import type { FleetPlan, FleetRow } from '../../contracts/fleet/fleet-plan.js';
import { erasesIn, type JournalEntry, mostDownIn, mostWithin, performedIn } from '../../simulator/model/journal.js';
import { readWorkerConfig } from '../../temporal/worker/config.js';
import type { RehearsedTimes } from './plan.js';
import {
  notesOf,
  type RehearsalReport,
  type RehearsedDuration,
  type RehearsedDomain,
  type RehearsedStop,
} from './report-schema.js';
import type { Played } from './run.js';
import { fitOccurrences, paceOf, RehearsalClock } from './timeline.js';

/** Most calls of a worker a minute where nobody has set it otherwise: the worker of a rehearsal has the default settings. */
const DEFAULT_CAP = readWorkerConfig({}).callsPerMinute;

/** Everything that a rehearsal is reported from. */
export interface Rehearsed {
  /** The plan as it was given, not as it was rehearsed. */
  readonly plan: FleetPlan;
  readonly played: Played;
  /** What reached the simulator. */
  readonly entries: readonly JournalEntry[];
  readonly times: RehearsedTimes;
  readonly compress: number;
  readonly failing: readonly string[];
  readonly seed: number;
  readonly changes: readonly string[];
  /** VMs that did not run when it began. */
  readonly downBefore: ReadonlySet<string>;
  /** When it was started and over, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Puts together what a rehearsal has shown. Pure. */
export function reportRehearsal(rehearsed: Rehearsed): RehearsalReport {
  const { plan, played, entries, failing, seed, changes, times } = rehearsed;
  const members = plan.rows.filter(({ wave }) => wave !== null);
  const clock = clockOf(rehearsed);
  const acts = actsOf(played);
  const stop = stopOf(rehearsed, clock);
  const erases = erasesIn(entries);
  return {
    outcome: stop === null ? 'done' : 'stopped',
    name: plan.spec.name,
    regionId: plan.spec.regionId,
    planId: plan.planId,
    planDigest: plan.digest,
    imageId: plan.image.imageId,
    size: members.length,
    failing,
    seed,
    counts: played.fleet.result?.counts ?? played.summary.counts,
    unexpectedOutcomes: unexpectedOutcomesOf(rehearsed),
    stop,
    duration: durationOf(rehearsed, clock),
    apiCalls: callsOf(rehearsed, clock),
    unavailable: downAtMost(entries, plan, rehearsed.downBefore),
    erases: Object.fromEntries(members.map(({ instanceId }) => [instanceId, erases.get(instanceId) ?? 0])),
    gates: acts
      .filter(({ action }) => action === 'gate')
      .map(({ at, reason }) => ({ reason, afterSeconds: clock.secondsAt(Date.parse(at)) })),
    bakes: { count: played.bakes.length, eachSeconds: plan.spec.rollout.bakeSeconds },
    windows: windowsOf(rehearsed, clock),
    changes,
    notes: notesOf(plan, times),
  };
}

function clockOf(rehearsed: Rehearsed): RehearsalClock {
  const { plan, played } = rehearsed;
  return new RehearsalClock({
    startedAt: Date.parse(played.summary.startedAt),
    pace: paceIn(rehearsed),
    bakes: played.bakes,
    bakeSeconds: plan.spec.rollout.bakeSeconds,
  });
}

function paceIn(rehearsed: Rehearsed): number {
  return paceOf(tookMs(rehearsed), rehearsed.times.rebuildSeconds, rehearsed.compress);
}

/**
 * How long rebuilds took that went well, those back included. Those of VMs that were down are shorter, those that were
 * made to fail may be longer: they tell nothing of the others.
 */
function tookMs({ played, downBefore, failing }: Rehearsed): number[] {
  return played.members.flatMap(({ instanceId, state, startedAt, finishedAt }) =>
    (state === 'done' || state === 'rolled-back') &&
    startedAt !== null &&
    finishedAt !== null &&
    !downBefore.has(instanceId) &&
    !failing.includes(instanceId)
      ? [Date.parse(finishedAt) - Date.parse(startedAt)]
      : [],
  );
}

/** How a VM ends that is not as it should be. */
const BAD = ['failed', 'held', 'cancelled', 'skipped', 'deferred'];

function unexpectedOutcomesOf({ played, failing }: Rehearsed): RehearsalReport['unexpectedOutcomes'] {
  return played.members
    .filter(({ instanceId, state }) => BAD.includes(state) && !failing.includes(instanceId))
    .map(({ instanceId, state, failure, reason }) => ({ instanceId, state, failure, reason }));
}

function stopOf(rehearsed: Rehearsed, clock: RehearsalClock): RehearsedStop | null {
  const { plan, played } = rehearsed;
  const { fleet, standstill, wave } = played;
  const exhausted = actsOf(played).find(({ action }) => action === 'budget-exhausted');
  // A fleet that puts back what it has moved goes on after that, and may still be held or blocked.
  const isHeldUp = standstill !== null && standstill.kind !== 'pause';
  const at = exhausted === undefined || isHeldUp ? endOf(rehearsed) : Date.parse(exhausted.at);
  const where = { wave, afterSeconds: clock.secondsAt(at) };
  if (standstill !== null) return { kind: standstill.kind, reason: standstill.reason, ...where };
  if (fleet.status === 'done') return null;
  const kind = plan.spec.rollout.onBudgetExhausted === 'rollback' ? 'rollback' : 'stop';
  return { kind, reason: fleet.result?.failure?.message ?? fleet.reason ?? fleet.status, ...where };
}

/** When it ended, or came to its standstill; to see that it is one takes some seconds more. */
function endOf({ played: { fleet, standstill, members, bakes }, endedAt }: Rehearsed): number {
  if (fleet.finishedAt !== null) return Date.parse(fleet.finishedAt);
  if (standstill?.kind === 'held') return standstill.since;
  const ends = members.map(({ finishedAt }) => Date.parse(finishedAt ?? '1970-01-01'));
  const last = Math.max(0, ...ends, ...bakes.map(({ until }) => until));
  return last === 0 ? (standstill?.since ?? endedAt) : last;
}

function durationOf(rehearsed: Rehearsed, clock: RehearsalClock): RehearsedDuration {
  const { plan, played, times, compress, startedAt, endedAt } = rehearsed;
  const { bakeSeconds } = plan.spec.rollout;
  const end = endOf(rehearsed);
  return {
    seconds: clock.secondsAt(end),
    bakeSeconds: played.bakes.filter(({ until }) => until <= end).length * bakeSeconds,
    planSeconds: plan.estimate.totalSeconds + plan.waves.length * bakeSeconds,
    rebuildSeconds: times.rebuildSeconds,
    samples: times.samples,
    rehearsedSeconds: (endedAt - startedAt) / 1000,
    compress,
    pace: paceIn(rehearsed),
  };
}

function callsOf({ entries }: Rehearsed, clock: RehearsalClock): RehearsalReport['apiCalls'] {
  const moments = entries.filter(({ kind }) => kind === 'call').map(({ at }) => clock.secondsAt(Date.parse(at)));
  return { total: moments.length, peakAMinute: mostWithin(moments, 60), capAMinute: DEFAULT_CAP };
}

/** By the rebuild calls, so that those count that put a VM back. They come a stop later than the rebuilds begin, all alike. */
function windowsOf({ plan, entries, endedAt }: Rehearsed, clock: RehearsalClock): RehearsalReport['windows'] {
  if (plan.spec.rollout.maintenance === undefined) return null;
  const starts = performedIn(entries)
    .filter(({ operation }) => operation === 'rebuildInstance')
    .map(({ at }) => clock.secondsAt(Date.parse(at)));
  const { nextWindows: openings, estimate } = plan;
  return fitOccurrences(starts, { openings, p90Seconds: estimate.rebuild.p90Seconds, from: endedAt });
}

function actsOf({ fleet, summary }: Played): readonly AuditEntry[] {
  return fleet.result?.auditEntries ?? summary.auditEntries;
}

/**
 * Counts most VMs down at a time by what the simulator's journal shows, beside the limits of the plan. Pure.
 * @param isDown - VMs that did not run when the rehearsal began
 */
export function downAtMost(
  entries: readonly JournalEntry[],
  { rows, limits, spec }: Pick<FleetPlan, 'rows' | 'limits' | 'spec'>,
  isDown: ReadonlySet<string>,
): RehearsalReport['unavailable'] {
  const members = rows.filter(({ wave }) => wave !== null);
  const tag = spec.rollout.maxUnavailable.perTag?.key;
  const vms = members.map((row) => ({
    instanceId: row.instanceId,
    places: placesOf(row, tag),
    isDown: isDown.has(row.instanceId),
  }));
  const most = mostDownIn(entries, vms);
  const before = (isIn: (places: readonly string[]) => boolean) =>
    vms.filter((vm) => vm.isDown && isIn(vm.places)).length;
  const limitOf = new Map([
    ...Object.entries(limits.unavailable.perAz ?? {}).map(([az, limit]) => [zoneName(az), limit] as const),
    ...Object.entries(limits.unavailable.perGroup ?? {}).map(([value, limit]) => [tagName(tag, value), limit] as const),
  ]);
  const places = [...most.byPlace].map(([place, inPlace]): [string, RehearsedDomain] => [
    place,
    { peak: inPlace, limit: limitOf.get(place) ?? null, before: before((of) => of.includes(place)) },
  ]);
  const fleet = { peak: most.inAll, limit: limits.unavailable.fleet, before: before(() => true) };
  return { fleet, domains: Object.fromEntries(places) };
}

function placesOf({ az, group }: FleetRow, tag: string | undefined): string[] {
  return [...(az === null ? [] : [zoneName(az)]), ...(group === null ? [] : [tagName(tag, group)])];
}

function zoneName(az: string): string {
  return `zone ${az}`;
}

function tagName(tag: string | undefined, value: string): string {
  return `${tag ?? 'tag'} ${value}`;
}
