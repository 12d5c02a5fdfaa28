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
   * Pause before the next look. Long before the usual end it is half of what remains, four intervals at most; near
   * the end, half an interval; the more overdue (or, for a transition never seen, the longer it has taken), the longer,
   * up to one interval. So a VM that takes its usual time is seen within one interval of its end.
   */
  pauseMs(transition: string, elapsedMs: number, intervalMs: number): number {
    const remaining = (this.#meanMs.get(transition) ?? 0) - elapsedMs;
    if (remaining > 0) return clamp(remaining / 2, intervalMs / 2, 4 * intervalMs);
    return clamp(-remaining / 4, intervalMs / 2, intervalMs);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
