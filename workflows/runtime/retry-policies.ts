import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/create-activities.js';
import { believingOwnResults } from './own-results.js';

/*
 * Every call to JD Cloud is an activity under one of these policies. None counts attempts: a phase's deadline ends
 * the retries (scheduleToCloseTimeout), and failures that a repeat does not mend are marked so where they are made,
 * in activities/runtime/failure.ts.
 */

/** 500, 503, throttling and network faults, and for a bounded time JD Cloud's "busy": from one second up to half a minute, as JD Cloud counts calls per minute. */
const CALL_RETRY = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** A wait that broke off is taken up again at once: it holds no call back, the shared poll does the pacing. */
const WAIT_RETRY = { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '10s' } as const;

/** Longest that one read-and-act may take: a batched read, one call of at most 30 s, and some air. */
const CALL_TIMEOUT = '90s';

/** Longest that one attempt at the rebuild call may take: finding out what became of an earlier one comes first. */
const REBUILD_TIMEOUT = '5m';

/**
 * A worker that is silent for this long is dead; another attempt begins. Longer than the checks before a call hold, and
 * than a call whose attempt was confirmed may take (activities/runtime/heartbeat.ts), so that no two attempts have a call out.
 */
export const HEARTBEAT_TIMEOUT_MS = 30_000;

/** A wait ends itself at its deadline, with what was last seen. The server's timeout is only for when no worker is there to do it. */
const WAIT_GRACE_MS = 30_000;

const policies = {
  /** Reads, and stop and start: they read before they act, so a repeat does no harm. */
  call: (remainingMs: number): ActivityOptions => ({
    startToCloseTimeout: CALL_TIMEOUT,
    scheduleToCloseTimeout: remainingMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: CALL_RETRY,
  }),
  /** The rebuild call: each attempt first finds out what became of the one before. It heartbeats, to hear of a cancellation. */
  rebuild: (remainingMs: number): ActivityOptions => ({
    startToCloseTimeout: REBUILD_TIMEOUT,
    scheduleToCloseTimeout: remainingMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: CALL_RETRY,
  }),
  /** Waits for a status: one long, heartbeating activity each. */
  wait: (remainingMs: number): ActivityOptions => ({
    scheduleToCloseTimeout: remainingMs + WAIT_GRACE_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: WAIT_RETRY,
  }),
  /** Health checks before anything is touched, and the look back of a run that was reset: they take as long as their own pace says. */
  probe: (remainingMs: number): ActivityOptions => ({
    scheduleToCloseTimeout: remainingMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: CALL_RETRY,
  }),
};

/** Activities under one policy, bounded by what remains of the phase. Of their results only those are believed that can be theirs. */
export function activitiesUnder(policy: keyof typeof policies, remainingMs: number): Activities {
  return believingOwnResults(proxyActivities<Activities>(policies[policy](remainingMs)));
}
