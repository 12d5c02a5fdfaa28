import type { WindowOccurrence } from '../../contracts/fleet/maintenance.js';

/** A bake as it was rehearsed, in milliseconds of this machine's clock. */
export interface Bake {
  readonly from: number;
  readonly until: number;
}

/** What the time of a rehearsal is measured by. */
export interface ClockFacts {
  /** When the fleet started, in milliseconds of this machine's clock. */
  readonly startedAt: number;
  /** Seconds of the real run that a second of the rehearsal stands for while VMs are rebuilt. */
  readonly pace: number;
  readonly bakes: readonly Bake[];
  /** What a bake of the real run lasts. */
  readonly bakeSeconds: number;
}

/** Translates moments of a rehearsal into seconds after the start of the real run. Pure. */
export class RehearsalClock {
  readonly #facts: ClockFacts;

  constructor(facts: ClockFacts) {
    this.#facts = facts;
  }

  /** @param moment - in milliseconds of this machine's clock; before the start it is 0 */
  secondsAt(moment: number): number {
    const { startedAt, pace, bakes, bakeSeconds } = this.#facts;
    let rehearsedMs = Math.max(0, moment - startedAt);
    let baked = 0;
    for (const { from, until } of bakes) {
      const overlapMs = Math.max(0, Math.min(moment, until) - from);
      rehearsedMs -= overlapMs;
      if (until > from) baked += (overlapMs / (until - from)) * bakeSeconds;
    }
    return (Math.max(0, rehearsedMs) / 1000) * pace + baked;
  }
}

/**
 * Seconds of the real run that a second of the rehearsal stands for: as many as it was compressed by, less what the
 * rehearsal itself takes. Server and worker are no faster for it, and what they take would otherwise count so many times
 * over. So a rebuild is taken to last as long as it would, and what it lasted here tells the pace. Pure.
 * @param rehearsedMs - how long each rebuild that went well took here
 */
export function paceOf(rehearsedMs: readonly number[], rebuildSeconds: number, compress: number): number {
  if (rehearsedMs.length === 0) return compress;
  const mean = rehearsedMs.reduce((sum, each) => sum + each, 0) / rehearsedMs.length;
  return mean <= 0 ? compress : Math.min(compress, (rebuildSeconds * 1000) / mean);
}

/** One opening of the maintenance windows, and how many VMs would be started in it. */
export interface FilledOccurrence {
  readonly occurrence: WindowOccurrence;
  readonly starts: number;
}

/** How the starts of a rehearsal would fall into the openings of the maintenance windows. */
export interface Fit {
  readonly occurrences: readonly FilledOccurrence[];
  /** VMs that are left over once the known openings are used up. */
  readonly left: number;
}

/**
 * Lays the starts of a rehearsal into the openings that a plan knows: the same VMs after one another with the same
 * pauses, but what would not be over before an opening closes, as nine of ten rebuilds go, waits for the next one, and
 * all that comes after it with it. Bakes go on between openings. Pure.
 * @param starts - seconds after the start of the run
 * @param p90Seconds - how long nine of ten rebuilds take at most
 * @param from - when the run is started, in milliseconds since 1970
 */
export function fitOccurrences(
  starts: readonly number[],
  { openings, p90Seconds, from }: { openings: readonly WindowOccurrence[]; p90Seconds: number; from: number },
): Fit {
  const counts = openings.map(() => 0);
  let at = 0;
  let shiftMs = from;
  let left = 0;
  for (const start of starts.toSorted((a, b) => a - b)) {
    const lastStart = (index: number) => Date.parse(openings[index]?.closesAt ?? '') - p90Seconds * 1000;
    while (at < openings.length && !(opensAt(openings, at, start * 1000 + shiftMs) <= lastStart(at))) at += 1;
    if (at === openings.length) {
      left += 1;
      continue;
    }
    shiftMs = opensAt(openings, at, start * 1000 + shiftMs) - start * 1000;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { occurrences: openings.map((opening, index) => ({ occurrence: opening, starts: counts[index] ?? 0 })), left };
}

/** When a start that is due at a moment happens, were it in this opening. */
function opensAt(openings: readonly WindowOccurrence[], index: number, due: number): number {
  return Math.max(due, Date.parse(openings[index]?.opensAt ?? ''));
}
