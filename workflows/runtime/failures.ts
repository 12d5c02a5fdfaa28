import { DefaultFailureConverter, defaultPayloadConverter, RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FailureDetails } from '../../contracts/failure-details.js';
import { FAILURES, type FailureType, isFailureType } from '../../contracts/failures.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import type { Failure, VmState } from '../../contracts/rebuild-result.js';
import { believedOfSilent, type EndOfStep } from '../decisions/end-of-step.js';

/** What an error of a step means, before the run's own knowledge (the VM as last seen) is added. */
export interface FailureFacts {
  readonly type: FailureType;
  readonly message: string;
  readonly details: FailureDetails;
}

/** The same, as far as it tells whether a call of the step may be out. */
export function endOf({ type, details: { callMayBeInFlight } }: FailureFacts): EndOfStep {
  return { type, callMayBeInFlight };
}

/**
 * Reads an error that a step ended with. Only types and details are looked at, never texts.
 * @param phase - tells an outage that touched nothing from one in mid-work
 */
export function factsOf(error: unknown, phase: Phase): FailureFacts {
  const { type, message, details } = read(error, phase);
  const { mayBeDeleted = [] } = details;
  const deleted = mayBeDeleted.length === 0 ? '' : ` Deleted by now, or perhaps: ${mayBeDeleted.join(', ')}.`;
  return { type, message: `${message}${deleted}`, details };
}

function read(error: unknown, phase: Phase): FailureFacts {
  if (isCancellation(error)) return { type: 'Cancelled', message: 'The rebuild was cancelled.', details: {} };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return timedOut(cause, phase);
  if (!(cause instanceof ApplicationFailure)) return { type: 'Unexpected', message: String(cause), details: {} };
  return reported(cause, error instanceof ActivityFailure ? error.retryState : undefined, phase);
}

/** @param retryState - why the attempt that has reported was the last; undefined where it was no attempt's */
function reported(cause: ApplicationFailure, retryState: RetryState | undefined, phase: Phase): FailureFacts {
  const details = readDetails(cause.details?.[0]);
  // It was to be repeated, and nobody wants that any more: its one attempt is not the reason why it is given up.
  if (retryState === RetryState.CANCEL_REQUESTED)
    return { type: 'Cancelled', message: 'The rebuild was cancelled.', details };
  const type = isFailureType(cause.type) ? cause.type : 'Unexpected';
  const ranOut = retryState === RetryState.TIMEOUT;
  const isOutage = ranOut && (type === 'JdCloudUnavailable' || type === 'PayloadUnreadable');
  return {
    type: inPhase(type, phase, ranOut),
    message: cause.message,
    details: isOutage ? { ...details, isUnobserved: true } : details,
  };
}

/** The same type means another thing once the VM has been touched. */
function inPhase(type: FailureType, phase: Phase, ranOut: boolean): FailureType {
  if (phase === 'validating') return type;
  if (type === 'VmNotFound') return 'VmDeleted';
  return ranOut && REPEATED_TO_DEADLINE.includes(type) ? 'DeadlineExceeded' : type;
}

/** Told by an attempt that was to be repeated: an outage, or one look, which may have shown what was before. */
const REPEATED_TO_DEADLINE: readonly FailureType[] = [
  'JdCloudUnavailable',
  'CallWithheld',
  'ConcurrentChange',
  'RebuildNotApplied',
];

/**
 * An attempt that the server gave up has reported nothing but its heartbeats. What an earlier attempt ended with says
 * nothing of it: that error is told to people, and its details are believed by nobody. Nor is it known which attempt the
 * last heartbeat was of, so it counts for what somebody saw, and never as proof that no call is out.
 */
function timedOut(timeout: TimeoutFailure, phase: Phase): FailureFacts {
  const earlier = earlierErrorOf(timeout);
  const seen = believedOfSilent(readDetails(timeout.lastHeartbeatDetails));
  const before = earlier === undefined ? '' : ` An attempt before it failed: ${earlier.message}`;
  const message = `${phase} did not end before its deadline: the last attempt did not report.${before}`;
  return { type: timeoutType(phase, earlier), message, details: { ...seen, isUnobserved: true } };
}

/** What an earlier attempt ended with. The server keeps it as the cause of the timeout; the SDK leaves it raw. */
function earlierErrorOf({ failure }: TimeoutFailure): Error | undefined {
  if (!failure?.cause) return undefined;
  return new DefaultFailureConverter().failureToError(failure.cause, defaultPayloadConverter);
}

function timeoutType(phase: Phase, earlier: Error | undefined): FailureType {
  const isUnread = earlier instanceof ApplicationFailure && earlier.type === 'PayloadUnreadable';
  if (isUnread) return 'PayloadUnreadable';
  if (phase !== 'validating') return 'DeadlineExceeded';
  return earlier === undefined ? 'NoWorker' : 'JdCloudUnavailable';
}

function readDetails(details: unknown): FailureDetails {
  const parsed = FailureDetails.safeParse(details);
  return parsed.success ? parsed.data : {};
}

/** The failure that a result shows: what happened, what the VM was left in, what to do. @param state - the VM as last seen */
export function toFailure({ type, message, details }: FailureFacts, state: VmState | null): Failure {
  return {
    type,
    message,
    requestId: details.requestId ?? null,
    state,
    next: FAILURES[type].next,
    ...(details.issues !== undefined && { issues: details.issues }),
  };
}

/** The error that ends an execution: its message tells what to do, for those who see nothing else. */
export function toApplicationFailure({ type, message, next }: Failure, detail: unknown): ApplicationFailure {
  return ApplicationFailure.create({ type, message: `${message} ${next}`, nonRetryable: true, details: [detail] });
}

/** Runs the one step of a workflow that touches nothing. A failure of it ends the execution, and says what to do. */
export async function orFailure<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const failure = toFailure(factsOf(error, 'validating'), null);
    throw toApplicationFailure(failure, failure);
  }
}
