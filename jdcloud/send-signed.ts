import { randomUUID } from 'node:crypto';
import { type ApiCall, callName, pathOf, refusedBeforeSending } from './api-call.js';
import { readAnswerClock, type SigningClock } from './clocks.js';
import type { Endpoint } from './config.js';
import type { Credentials } from './credential-source.js';
import {
  BusyError,
  CallWithheldError,
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
import { readAnswer, type ReadAnswer } from './read-response.js';
import type { CallEnd, Permit } from './region-limiter.js';
import type { RegionLimiters } from './region-limiters.js';
import type { Exchange } from './send.js';
import { type SignedRequest, signRequest } from './signed-request.js';
import { type CallDeadline, timeoutError } from './timeout.js';

/** What sending one request takes. */
export interface SendDeps {
  readonly endpoint: Endpoint;
  readonly exchange: Exchange;
  readonly limiters: RegionLimiters;
  readonly clock: SigningClock;
  readonly now: () => Date;
  readonly onCall: (call: CallRecord) => void;
  /** Told when an answer was given, by JD Cloud's clock, where the answer says it. */
  readonly onDate: (answeredAt: Date) => void;
  readonly underWay: CallsUnderWay;
  readonly timeoutMs: number;
}

/**
 * Sends one request: waits for its turn at the region's gate, which the deadline does not count, dates and signs it
 * then, reads the answer, and tells the gate how it ended.
 */
export async function sendSigned<Result>(
  deps: SendDeps,
  call: ApiCall<Result>,
  deadline: CallDeadline,
  credentials: Credentials,
): Promise<ReadAnswer<Result>> {
  const path = pathOf(call);
  const body = Buffer.from(call.body === undefined ? '' : JSON.stringify(call.body));
  const unsigned = { method: call.method, regionId: call.regionId, path, query: call.query ?? [], body };
  const secrets = [...(call.secrets ?? []), credentials.secretKey, credentials.sessionToken ?? ''];
  const pass = await takePermit(deps, call, deadline);
  return await endingPermit(pass, async () => {
    const stamp = deps.clock.stamp();
    const signing = { endpoint: deps.endpoint, credentials, at: stamp.signedAt, nonce: randomUUID() };
    const request = refuseBadUnicode(call, () => signRequest(unsigned, signing));
    return await recordCall(call, deps.onCall, async () => {
      const answer = await deps.underWay.during(call, () => deps.exchange.run(call, request, body, deadline));
      const clock = readAnswerClock(answer.header('date'), stamp, deps.now());
      if (clock.skewMs !== null) deps.onDate(clock.at);
      return readAnswer({ ...call, secrets }, answer, clock);
    });
  });
}

async function takePermit(
  { limiters, timeoutMs }: SendDeps,
  call: ApiCall<unknown>,
  deadline: CallDeadline,
): Promise<Permit> {
  try {
    return await deadline.paused(() => limiters.enter(call, deadline.signal));
  } catch (error) {
    throw deadline.isOver()
      ? timeoutError(call, { what: 'not sent, it was not ready', timeoutMs, sent: false })
      : error;
  }
}

async function endingPermit<T>(pass: Permit, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    pass.end({ kind: 'answered' });
    return result;
  } catch (error) {
    pass.end(endOf(error));
    throw error;
  }
}

function endOf(error: unknown): CallEnd {
  if (error instanceof ThrottledError) return { kind: 'throttled', retryAfterMs: error.retryAfterMs };
  return { kind: error instanceof JdCloudError && error.httpStatus !== null ? 'answered' : 'unanswered' };
}

function refuseBadUnicode(call: ApiCall<unknown>, sign: () => SignedRequest): SignedRequest {
  try {
    return sign();
  } catch (error) {
    if (error instanceof URIError) throw refusedBeforeSending(call, 'it holds text that is not valid Unicode');
    throw error;
  }
}

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

/** Runs the sending of one call and tells `onCall` how it ended. What `onCall` throws becomes a process warning. */
export async function recordCall<Result>(
  { operation, regionId }: ApiCall<Result>,
  onCall: (call: CallRecord) => void,
  send: () => Promise<ReadAnswer<Result>>,
): Promise<ReadAnswer<Result>> {
  const startedAt = performance.now();
  const report = (end: Omit<CallRecord, 'operation' | 'regionId' | 'durationMs'>) => {
    try {
      onCall({ operation, regionId, durationMs: performance.now() - startedAt, ...end });
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
  try {
    const answer = await send();
    report({ httpStatus: answer.httpStatus, requestId: answer.requestId, outcome: 'ok' });
    return answer;
  } catch (error) {
    const known = error instanceof JdCloudError ? error : { httpStatus: null, requestId: null };
    const skew = error instanceof ClockSkewError ? { clockSkewMs: error.skewMs } : {};
    report({ httpStatus: known.httpStatus, requestId: known.requestId, outcome: outcomeOf(error), ...skew });
    throw error;
  }
}

/** A call that was sent and has no answer yet. */
export interface Unanswered {
  /** For people, as `describeInstances in cn-north-1`. */
  readonly call: string;
  readonly regionId: string;
  /** When it was sent, by this machine's clock. */
  readonly since: Date;
}

/** The calls of a client that are on the wire: not those that wait for credentials or for their turn. */
export class CallsUnderWay {
  readonly #now: () => Date;
  readonly #all = new Set<Unanswered>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The one to this region that has waited longest; null where none does. */
  oldestTo(regionId: string): Unanswered | null {
    // A set is read in the order of adding.
    for (const waiting of this.#all) if (waiting.regionId === regionId) return waiting;
    return null;
  }

  /** Counts a call as under way while `run` runs. */
  async during<T>(call: ApiCall<unknown>, run: () => Promise<T>): Promise<T> {
    const waiting: Unanswered = { call: callName(call), regionId: call.regionId, since: this.#now() };
    this.#all.add(waiting);
    try {
      return await run();
    } finally {
      this.#all.delete(waiting);
    }
  }
}
