/** A bake as it was rehearsed, in milliseconds of this machine's clock. */
export interface Bake {
  readonly from: number;
  readonly until: number;
}

/** What the time of a rehearsal is reckoned by. */
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
