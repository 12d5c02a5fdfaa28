const FORGETTING = 0.3;

/**
 * How long each kind of transition usually takes in a region, learned from finished waits: an exponentially
 * weighted mean, so that a few odd ones do not count for long.
 */
export class TransitionTimes {
  readonly #meanMs = new Map<string, number>();

  /** Records that a transition took `durationMs`. */
  record(transition: string, durationMs: number): void {
    const mean = this.#meanMs.get(transition);
    this.#meanMs.set(transition, mean === undefined ? durationMs : mean + FORGETTING * (durationMs - mean));
  }

  /**
   * Pause before the next look: half of what is expected to remain, between one and four intervals. A VM whose end
   * is near, overdue or unknown is looked at once per interval.
   */
  pauseMs(transition: string, elapsedMs: number, intervalMs: number): number {
    const remaining = (this.#meanMs.get(transition) ?? 0) - elapsedMs;
    return Math.min(Math.max(remaining / 2, intervalMs), 4 * intervalMs);
  }
}
