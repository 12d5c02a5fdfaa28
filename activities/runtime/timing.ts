/** Times that depend on how fast the cloud is, not on one rebuild. Set once per worker; a simulator with compressed time sets them smaller. */
export interface Timing {
  /** Shortest pause between two polls of a region. */
  readonly pollIntervalMs: number;
  /** How long a read waits for others of its region to share its call: late by so much, for a fraction of the calls. */
  readonly readWindowMs: number;
  /**
   * How long an accepted change may stay invisible. JD Cloud documents no figure: only after this long without
   * any sign of a call do we hold that it did not land.
   */
  readonly settleMs: number;
  /** How long JD Cloud's "busy" is retried, from the first attempt of an activity. */
  readonly busyLimitMs: number;
  /** Pause before the next attempt after "busy". */
  readonly busyDelayMs: number;
  /** Pause before the next attempt after throttling without Retry-After. JD Cloud's window is a minute. */
  readonly throttledDelayMs: number;
  /** Longest pause before the next attempt, whatever Retry-After says: the server gives up at once when it would lie beyond the deadline. */
  readonly longestDelayMs: number;
}

export const DEFAULT_TIMING: Timing = {
  pollIntervalMs: 5_000,
  readWindowMs: 250,
  settleMs: 60_000,
  busyLimitMs: 600_000,
  busyDelayMs: 5_000,
  throttledDelayMs: 15_000,
  longestDelayMs: 60_000,
};

/** The same times for a cloud that runs so many times faster: only a simulator does. */
export function compressedTiming(timing: Timing, compress: number): Timing {
  return {
    pollIntervalMs: timing.pollIntervalMs / compress,
    readWindowMs: timing.readWindowMs / compress,
    settleMs: timing.settleMs / compress,
    busyLimitMs: timing.busyLimitMs / compress,
    busyDelayMs: timing.busyDelayMs / compress,
    throttledDelayMs: timing.throttledDelayMs / compress,
    longestDelayMs: timing.longestDelayMs / compress,
  };
}
