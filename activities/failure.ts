import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../contracts/failures.js';
import type { FailureDetails } from '../contracts/failure-details.js';
import type { VmState } from '../contracts/rebuild-result.js';
import {
  BusyError,
  ClockSkewError,
  CredentialsError,
  JdCloudError,
  NotFoundError,
  PermissionError,
  QuotaError,
  RefusedError,
  ThrottledError,
  WrongStateError,
} from '../jdcloud/errors.js';
import { CallWithheldError } from '../jdcloud/call-withheld-error.js';
import { sinceFirstScheduledMs } from './server-time.js';
import { DEFAULT_TIMING, type Timing } from './timing.js';

interface FailureOptions {
  readonly details?: Partial<FailureDetails>;
  /** Delay before the next attempt that overrides the retry policy's. */
  readonly retryAfterMs?: number | undefined;
  readonly retryable?: boolean;
}

/** A typed failure of an activity, final unless said otherwise. What to do next is told at the end of the run, by its type. */
export function failure(type: FailureType, message: string, options: FailureOptions = {}): ApplicationFailure {
  const { details = {}, retryAfterMs, retryable = false } = options;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !retryable,
    details: [{ ...details, attempt: activityInfo().attempt }],
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}

/** "Not now": the VM is busy or between two states. Retried until an attempt begins `busyLimitMs` after the activity was first scheduled. */
export function busy(message: string, timing: Timing, details: Partial<FailureDetails> = {}): ApplicationFailure {
  const retryable = sinceFirstScheduledMs() < timing.busyLimitMs;
  return failure('VmTaskConflict', message, { details, retryable, retryAfterMs: timing.busyDelayMs });
}

/**
 * Turns what the JD Cloud client throws into a failure that Temporal retries or not, by its kind: the one place
 * where that is decided; likewise of a call that was held back. A failure that is one already gets
 * the details that it lacks. Anything else (a bug of ours, Temporal's own cancellation) is left whole.
 */
export function toApplicationFailure(
  error: unknown,
  { timing = DEFAULT_TIMING, details = {} }: { timing?: Timing; details?: Partial<FailureDetails> } = {},
): unknown {
  if (error instanceof CallWithheldError)
    return failure('CallWithheld', `${error.message} Nothing was sent.`, { details, retryable: true });
  if (error instanceof ApplicationFailure) return withDetails(error, details);
  return error instanceof JdCloudError ? failureOfCall(error, timing, details) : error;
}

function failureOfCall(error: JdCloudError, timing: Timing, details: Partial<FailureDetails>): ApplicationFailure {
  const facts = { ...saidOf(error), ...details };
  // A wrong state is read and decided on by the next attempt: the VM may just be passing through.
  if (error instanceof BusyError || error instanceof WrongStateError) return busy(error.message, timing, facts);
  if (error instanceof RefusedError) return failure(refusalType(error), error.message, { details: facts });
  const asked = error.retryAfterMs ?? (error instanceof ThrottledError ? timing.throttledDelayMs : undefined);
  const retryAfterMs = asked === undefined ? undefined : Math.min(asked, timing.longestDelayMs);
  return failure('JdCloudUnavailable', error.message, { details: facts, retryable: true, retryAfterMs });
}

function withDetails(error: ApplicationFailure, known: Partial<FailureDetails>): ApplicationFailure {
  const { message, type, nextRetryDelay, category, cause } = error;
  const own: unknown = error.details?.[0];
  const details = [{ ...known, ...(typeof own === 'object' && own !== null && own) }];
  return ApplicationFailure.create({
    message,
    nonRetryable: error.nonRetryable === true,
    details,
    ...(type != null && { type }),
    ...(nextRetryDelay != null && { nextRetryDelay }),
    ...(category != null && { category }),
    ...(cause != null && { cause }),
  });
}

function refusalType(error: RefusedError): FailureType {
  if (error instanceof ClockSkewError) return 'ClockSkewed';
  if (error instanceof CredentialsError) return 'CredentialsRefused';
  if (error instanceof PermissionError) return 'PermissionDenied';
  if (error instanceof QuotaError) return 'QuotaExceeded';
  return isInstanceGone(error) ? 'VmNotFound' : 'JdCloudRefused';
}

/** Whether an error says that the VM itself is not there. A 404 may also speak of an image, a key or a disk. */
export function isInstanceGone(error: unknown): boolean {
  return error instanceof NotFoundError && error.resource === 'instance';
}

/**
 * Whether JD Cloud refused the very thing that was asked for: not the account that asked, and not a VM that is gone or
 * in another state.
 */
export function isRefusalOfCall(error: unknown): error is RefusedError {
  const isOfElse =
    error instanceof WrongStateError ||
    error instanceof CredentialsError ||
    error instanceof PermissionError ||
    isInstanceGone(error);
  return error instanceof RefusedError && !isOfElse;
}

/** A refusal of a call as that call's own failure. @param observed - the VM as it was seen right before */
export function refusedAs(type: FailureType, error: RefusedError, observed: VmState): ApplicationFailure {
  return failure(type, error.message, { details: { ...saidOf(error), observed } });
}

/** What JD Cloud said, as failures carry it. */
function saidOf({ operation, httpStatus, status, requestId }: JdCloudError) {
  return { operation, httpStatus, status, requestId };
}
