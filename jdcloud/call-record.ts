import { CallWithheldError } from './call-withheld-error.js';
import {
  BusyError,
  ClockSkewError,
  CredentialsError,
  JdCloudError,
  NotFoundError,
  PermissionError,
  QuotaError,
  ThrottledError,
  UnavailableError,
  WrongStateError,
} from './errors.js';

/** How a call ended, as a label for metrics. */
export type CallOutcome =
  | 'ok'
  | 'refused'
  | 'not-found'
  | 'credentials'
  | 'clock-skew'
  | 'permission'
  | 'quota'
  | 'wrong-state'
  | 'busy'
  | 'throttled'
  | 'unavailable'
  | 'withheld'
  | 'aborted';

/** One HTTP request, for logs and metrics: never a body, a header or a key. With `withheld` it was ready and not sent. */
export interface CallRecord {
  readonly operation: string;
  readonly regionId: string;
  /** Null when no answer came. */
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  readonly durationMs: number;
  readonly outcome: CallOutcome;
  /** With `clock-skew`: milliseconds that this machine's clock is ahead of JD Cloud's. */
  readonly clockSkewMs?: number;
}

const OUTCOME_OF = [
  [CallWithheldError, 'withheld'],
  [BusyError, 'busy'],
  [ThrottledError, 'throttled'],
  [UnavailableError, 'unavailable'],
  [NotFoundError, 'not-found'],
  [ClockSkewError, 'clock-skew'],
  [CredentialsError, 'credentials'],
  [PermissionError, 'permission'],
  [QuotaError, 'quota'],
  [WrongStateError, 'wrong-state'],
  [JdCloudError, 'refused'],
] as const;

/** The outcome of a call that threw: `aborted` for whatever is none of ours, since only a caller's abort is that. */
export function outcomeOf(error: unknown): CallOutcome {
  return OUTCOME_OF.find(([kind]) => error instanceof kind)?.[1] ?? 'aborted';
}
