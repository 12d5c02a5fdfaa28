import type { CallEntry, ChangeEntry, JournalEntry } from '../../simulator/model/journal.js';
import { cycleSeconds, idealSeconds } from './ideal.js';

/** What was done to the cloud, and in which time. */
export interface Course {
  readonly entries: readonly JournalEntry[];
  readonly vms: number;
  readonly concurrency: number;
  readonly compress: number;
  readonly seconds: number;
}

/** What a contender did, as its cloud has seen it. */
export interface CourseFigures {
  readonly vms: number;
  readonly concurrency: number;
  readonly rebuiltOnce: number;
  readonly seconds: number;
  readonly idealSeconds: number;
  /** Most VMs that did not run at any instant. */
  readonly mostDown: number;
  readonly callsPerVm: number;
  readonly mutatingCallsPerVm: number;
  /** Calls per VM by operation of JD Cloud, the most frequent first. */
  readonly callsPerVmOf: Readonly<Record<string, number>>;
  readonly refusedCalls: number;
  /** Calls in the busiest minute of the cloud's time. */
  readonly busiestMinute: number;
  /** What became of the places, concurrency times seconds, in shares that add up to 1. */
  readonly places: {
    /** The cloud was at work on a VM. */
    readonly cloud: number;
    /** A VM was down, and the cloud had nothing to do: it was to be looked at, and the next call to be made. */
    readonly lag: number;
    /** No VM was down in it. */
    readonly empty: number;
  };
}

const MUTATING: readonly string[] = ['stopInstance', 'rebuildInstance', 'startInstance'];

/** Reads from the journal of the simulator what reached the cloud: the same way for every contender. Pure. */
export function measureCourse({ entries, vms, concurrency, compress, seconds }: Course): CourseFigures {
  const calls = entries.filter((entry) => entry.kind === 'call');
  const changes = entries.filter((entry) => entry.kind === 'change');
  const { mostDown, downSeconds } = downTimes(changes);
  const placeSeconds = seconds * concurrency;
  const cloud = (vms * cycleSeconds(compress)) / placeSeconds;
  const down = downSeconds / placeSeconds;
  return {
    vms,
    concurrency,
    rebuiltOnce: countRebuiltOnce(calls),
    seconds,
    idealSeconds: idealSeconds({ vms, concurrency, compress }),
    mostDown,
    callsPerVm: calls.length / vms,
    mutatingCallsPerVm: calls.filter(({ operation }) => MUTATING.includes(operation)).length / vms,
    callsPerVmOf: countByOperation(calls, vms),
    refusedCalls: calls.filter(({ httpStatus }) => httpStatus !== 200).length,
    busiestMinute: busiest(calls, 60_000 / compress),
    places: { cloud, lag: down - cloud, empty: 1 - down },
  };
}

function countByOperation(calls: readonly CallEntry[], vms: number): Record<string, number> {
  const counts = [...countOf(calls.map(({ operation }) => operation))];
  const frequent = counts.toSorted(([, one], [, other]) => other - one);
  return Object.fromEntries(frequent.map(([operation, count]) => [operation, count / vms]));
}

function countRebuiltOnce(calls: readonly CallEntry[]): number {
  const rebuilt = calls.filter(({ operation, performed }) => operation === 'rebuildInstance' && performed);
  const times = countOf(rebuilt.flatMap(({ instanceId }) => instanceId ?? []));
  return [...times.values()].filter((count) => count === 1).length;
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** How long VMs did not run, all together, and how many at most at a time. */
function downTimes(changes: readonly ChangeEntry[]): { mostDown: number; downSeconds: number } {
  const since = new Map<string, number>();
  let mostDown = 0;
  let downMs = 0;
  for (const { instanceId, to, at } of changes) {
    if (instanceId === null) continue;
    const downSince = since.get(instanceId);
    if (to !== 'running' && downSince === undefined) since.set(instanceId, Date.parse(at));
    if (to === 'running' && downSince !== undefined) {
      downMs += Date.parse(at) - downSince;
      since.delete(instanceId);
    }
    mostDown = Math.max(mostDown, since.size);
  }
  return { mostDown, downSeconds: downMs / 1000 };
}

/** Most calls within any stretch of so many milliseconds. */
function busiest(calls: readonly CallEntry[], stretchMs: number): number {
  const moments = calls.map(({ at }) => Date.parse(at));
  let first = 0;
  let most = 0;
  for (const [index, moment] of moments.entries()) {
    while (moment - (moments[first] ?? moment) >= stretchMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
