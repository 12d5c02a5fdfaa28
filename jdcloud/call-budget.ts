/** How many calls may go in a minute. Instants are milliseconds of a steady clock. */
export interface CallBudget {
  /** Milliseconds until a call may go; 0 when it may go now. */
  readonly waitMs: (now: number) => number;
  /** A call goes now. */
  readonly spend: (now: number) => void;
}

const MINUTE_MS = 60_000;

/** What may go at once after a rest: a sixth of a minute's calls, so that many rebuilds may begin together. */
const BURST_SHARE = 1 / 6;

/**
 * A token bucket that lets no more than `callsPerMinute` calls (2 or more) go in any minute, wherever one begins to
 * count: a sixth may go at once, and the bucket fills up with what remains of the minute's calls.
 *
 * Kept as the instant at which the bucket would be full again (the generic cell rate algorithm): one number, no timer.
 */
export function createCallBudget(callsPerMinute: number): CallBudget {
  const burst = Math.max(1, Math.floor(callsPerMinute * BURST_SHARE));
  const perCallMs = MINUTE_MS / (callsPerMinute - burst);
  let fullAt = Number.NEGATIVE_INFINITY;
  return {
    waitMs: (now) => Math.max(0, fullAt - (burst - 1) * perCallMs - now),
    spend: (now) => {
      fullAt = Math.max(fullAt, now) + perCallMs;
    },
  };
}
