import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';

/**
 * When the attempt under way was scheduled, in milliseconds since 1970 by the clock of Temporal's server: the nearest
 * to that clock that an activity knows. Deadlines come from workflows, whose time is the server's, and this machine's
 * clock may be another. An attempt that had to wait for a worker takes its deadline for later than it is; the server's
 * own timeout ends it then.
 */
export function attemptScheduledMs(): number {
  return activityInfo().currentAttemptScheduledTimestampMs;
}

/** Milliseconds from the first scheduling of the activity to that of the attempt under way, both by the server's clock. */
export function sinceFirstScheduledMs(): number {
  return attemptScheduledMs() - activityInfo().scheduledTimestampMs;
}

/**
 * A moment that has surely passed: when JD Cloud gave its last answer, or when the attempt under way was scheduled, by
 * their clocks, whichever is earlier. What may be deleted only once it is old is judged by this: a wrong clock of this
 * machine, or of one of them, then deletes too little.
 * @param cloudTime - of an answer of this attempt; null where JD Cloud does not tell
 */
export function surelyPassed(cloudTime: Date | null): Date {
  return new Date(Math.min(cloudTime?.getTime() ?? Number.POSITIVE_INFINITY, attemptScheduledMs()));
}

/**
 * Now, by this machine's clock or by when the attempt under way was scheduled, whichever is later: what must not be
 * done after a moment is not done by a worker whose clock is behind. One whose clock is ahead does it too seldom.
 */
export function latestNow(): Date {
  return new Date(Math.max(Date.now(), attemptScheduledMs()));
}

/** Milliseconds since a moment. */
export type Age = () => number;

/**
 * Begins to count an age that a call is held back by: by the steady clock or the wall clock, whichever says more. The
 * steady clock of a machine that sleeps stands still, and the wall clock may be set back. What waits for time to pass
 * goes by the steady clock alone, which never says too much.
 */
export function startAge(): Age {
  const [steadyAt, wallAt] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - steadyAt, Date.now() - wallAt);
}

/** An instant from JD Cloud, in milliseconds since 1970. Times without a zone are Beijing time. NaN for what is no time. */
export function cloudTimeMs(text: string): number {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  return Date.parse(hasZone ? text : `${text.replace(' ', 'T')}+08:00`);
}

/** Waits between two looks. @throws the reason of the signal when that aborts */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}

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
