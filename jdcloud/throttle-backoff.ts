/** When a region is asked again after it has throttled, and by how many calls at a time. */
export interface ThrottlePace {
  /** Milliseconds until a call may go; 0 when it may go now. */
  readonly waitMs: (now: number) => number;
  /** How many calls may be under way at a time. */
  readonly atOnce: () => number;
  /** A call was throttled. @param retryAfterMs - what Retry-After said; null without it */
  readonly throttled: (call: CallTimes, retryAfterMs: number | null) => void;
  /** A call came back, `answered` or not, and was not throttled. */
  readonly cameBack: (call: CallTimes, answered: boolean) => void;
}

/** When a call was let through and when it came back, milliseconds of a steady clock. */
export interface CallTimes {
  readonly sentAt: number;
  readonly now: number;
}

/** From so many at a time on there is no limit any more. */
const WIDE_OPEN = 64;

/**
 * After a throttled call nothing goes for as long as Retry-After says, or for a pause that doubles each time from
 * `firstPauseMs` on; `longestPauseMs` bounds both. Then one call goes and tells whether the pause was enough: with
 * each answer twice as many may be under way, until there is no limit any more, and the pause is halved.
 *
 * What calls tell that were under way when the region was closed is old news, save a Retry-After.
 */
export function createThrottlePace({
  firstPauseMs,
  longestPauseMs,
}: {
  firstPauseMs: number;
  longestPauseMs: number;
}): ThrottlePace {
  let opensAt = Number.NEGATIVE_INFINITY;
  let pauseMs = 0;
  let atOnce = Number.POSITIVE_INFINITY;
  return {
    waitMs: (now) => Math.max(0, opensAt - now),
    atOnce: () => atOnce,
    throttled: ({ sentAt, now }, retryAfterMs) => {
      const isAsked = retryAfterMs !== null && retryAfterMs > 0;
      if (!isAsked && sentAt < opensAt) return;
      if (!isAsked) pauseMs = Math.min(Math.max(pauseMs * 2, firstPauseMs), longestPauseMs);
      opensAt = Math.max(opensAt, now + (isAsked ? Math.min(retryAfterMs, longestPauseMs) : pauseMs));
      atOnce = 1;
    },
    cameBack: ({ sentAt }, answered) => {
      if (sentAt < opensAt) return;
      const wider = answered ? atOnce * 2 : atOnce + 1;
      atOnce = wider >= WIDE_OPEN ? Number.POSITIVE_INFINITY : wider;
      if (answered) pauseMs = pauseMs < firstPauseMs ? 0 : pauseMs / 2;
    },
  };
}
