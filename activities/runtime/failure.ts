import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { FailureDetails } from '../../contracts/failure-details.js';
import type { FailureType } from '../../contracts/failures.js';
import { unknownRegionNote } from '../../contracts/ids.js';
import type { VmState } from '../../contracts/rebuild-result.js';
import {
  BusyError,
  CallWithheldError,
  ClockSkewError,
  CredentialsError,
  JdCloudError,
  mayPass,
  NotFoundError,
  PermissionError,
  QuotaError,
  RefusedError,
  ThrottledError,
  WrongStateError,
} from '../../jdcloud/errors.js';
import { goneNow } from '../decisions/observation.js';
import { DEFAULT_TIMING, sinceFirstScheduledMs, type Timing } from './time.js';

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

interface CallContext {
  readonly timing?: Timing;
  readonly details?: Partial<FailureDetails>;
  /**
   * A stop, backup or rebuild call of this rebuild may be out. To give up on a refusal that may pass would leave the VM
   * half done for what is mended a moment later: it is repeated until the activity's own deadline. @default false
   */
  readonly isTouched?: boolean;
}

/**
 * Turns what the JD Cloud client throws into a failure that Temporal retries or not, by its kind: the one place
 * where that is decided; likewise of a call that was held back. A failure that is one already gets
 * the details that it lacks. Anything else (a bug of ours, Temporal's own cancellation) is left whole.
 */
export function toApplicationFailure(error: unknown, context: CallContext = {}): unknown {
  const { details = {} } = context;
  if (error instanceof CallWithheldError)
    return failure('CallWithheld', `${error.message} Nothing was sent.`, { details, retryable: true });
  if (error instanceof ApplicationFailure) return withDetails(error, details);
  return error instanceof JdCloudError ? failureOfCall(error, context) : error;
}

function failureOfCall(error: JdCloudError, context: CallContext): ApplicationFailure {
  const { timing = DEFAULT_TIMING, details = {}, isTouched = false } = context;
  // What was seen before JD Cloud said that the VM is gone is no longer so.
  const facts = { ...messageOf(error), ...details, ...(isInstanceGone(error) && { observed: goneNow() }) };
  // A wrong state is read and decided on by the next attempt: the VM may just be passing through.
  if (error instanceof BusyError || error instanceof WrongStateError) return busy(error.message, timing, facts);
  if (isTouched && mayPass(error)) return untilDeadline(refusalType(error), error.message, facts);
  if (error instanceof RefusedError) return failure(refusalType(error), refusalText(error), { details: facts });
  return failure('JdCloudUnavailable', error.message, {
    details: facts,
    retryable: true,
    retryAfterMs: delayAfter(error, timing),
  });
}

/** The delay that JD Cloud asks for, or that throttling needs; undefined where the retry policy's will do. */
function delayAfter(error: JdCloudError, timing: Timing): number | undefined {
  const asked = error.retryAfterMs ?? (error instanceof ThrottledError ? timing.throttledDelayMs : undefined);
  return asked === undefined ? undefined : Math.min(asked, timing.longestDelayMs);
}

/** A refusal that is repeated until the activity's own deadline, and says until when. */
function untilDeadline(type: FailureType, message: string, details: Partial<FailureDetails>): ApplicationFailure {
  const { scheduledTimestampMs, scheduleToCloseTimeoutMs } = activityInfo();
  const deadline = new Date(scheduledTimestampMs + scheduleToCloseTimeoutMs);
  return failure(type, triedUntil(message, deadline), { details, retryable: true });
}

/** What is said of a refusal while it is an outage, and at its end. */
export function triedUntil(message: string, deadline: Date): string {
  return `${message}; the VM has been touched, so this is tried until ${deadline.toISOString()}`;
}

/**
 * The end of a wait whose time is up. Where its last look was refused for what may pass, it ends as that refusal.
 * @param lastError - of the last look; null where that was answered
 */
export function outOfTime(message: string, lastError: unknown, details: Partial<FailureDetails>): ApplicationFailure {
  if (!mayPass(lastError)) return failure('DeadlineExceeded', message, { details });
  return failure(refusalType(lastError), message, { details: { ...messageOf(lastError), ...details } });
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

/** Of a region that does not exist JD Cloud's answer is not documented: what is not there may be the region itself. */
function refusalText({ message, regionId, httpStatus, name }: RefusedError): string {
  const isMissing = httpStatus === 404 || name === 'NotFoundError';
  return regionId === undefined || !isMissing ? message : `${message}${unknownRegionNote(regionId)}`;
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
  const isOfElse = error instanceof WrongStateError || mayPass(error) || isInstanceGone(error);
  return error instanceof RefusedError && !isOfElse;
}

/**
 * A refusal of a call as that call's own failure.
 * @param observed - the VM as it was seen right before
 * @param passes - it may pass, on a VM that has been touched: it is repeated until the activity's own deadline
 */
export function refusedAs(
  type: FailureType,
  error: RefusedError,
  observed: VmState,
  { passes = false } = {},
): ApplicationFailure {
  const details = { ...messageOf(error), observed };
  return passes ? untilDeadline(type, error.message, details) : failure(type, error.message, { details });
}

/** What JD Cloud said, as failures carry it. */
function messageOf({ operation, httpStatus, status, requestId }: JdCloudError) {
  return { operation, httpStatus, status, requestId };
}

/** The worker stops: another one takes the activity up. */
export function workerStopping(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerStopping',
    message: 'The worker is stopping; another one goes on waiting.',
    category: ApplicationFailureCategory.BENIGN,
  });
}
