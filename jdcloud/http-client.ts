import type { ApiCall } from './api-call.js';
import { createSigningClock } from './clocks.js';
import { DEFAULT_ENDPOINT, parseEndpoint } from './config.js';
import type { Credentials, TurnedDown } from './credential-source.js';
import { areSameCredentials, askCredentials, type CredentialProvider } from './credentials.js';
import { ClockSkewError, CredentialsError, PermissionError } from './errors.js';
import { createRegionLimiters, type RegionLimiters } from './region-limiters.js';
import { type CallRecord, CallsUnderWay, sendSigned, type Unanswered } from './send-signed.js';
import { createExchange } from './send.js';
import { type CallDeadline, startDeadline, timeoutError } from './timeout.js';
import type { Answer, CallOptions, ChangeOptions } from './vm-api.js';

/** Longest that a call takes, from asking for credentials to the last byte, where nobody says otherwise. */
export const CALL_TIMEOUT_MS = 10_000;

export interface HttpClientOptions {
  readonly credentials: CredentialProvider;
  /** Whole base URL. @default https://vm.jdcloud-api.com */
  readonly endpoint?: string;
  /** Milliseconds from asking for credentials to the last byte of the answer; waiting at the region's gate does not count. @default 10000 */
  readonly timeoutMs?: number;
  /** Told of each request that was sent. What it throws becomes a process warning: the answer counts for more. */
  readonly onCall?: (call: CallRecord) => void;
  /** This machine's clock. It dates the signatures, corrected once JD Cloud has refused a date. */
  readonly now?: () => Date;
  /** To be shared by clients that share a quota. @default limiters of this client's own, without a cap */
  readonly limiters?: RegionLimiters;
}

export interface HttpClient {
  /**
   * Sends one call once, with a date and nonce of its own, when its turn has come.
   * Throws a JdCloudError, the reason of the caller's signal when that aborted, or what `beforeSend` threw.
   */
  readonly call: <Result>(
    call: ApiCall<Result>,
    options?: CallOptions & Partial<ChangeOptions>,
  ) => Promise<Answer<{ result: Result }>>;
  /** When the last answer was given, by JD Cloud's clock; null before one that says it. */
  readonly answeredAt: () => Date | null;
  /** The call to a region that has been waited for longest, of those that have no answer yet; null where there is none. */
  readonly unanswered: (regionId: string) => Unanswered | null;
  /** Ends the connections of this client's own. */
  readonly close: () => void;
}

/** Makes the part of the client that knows HTTP, signing and errors, and no operation. Throws an Error for a bad endpoint. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const {
    timeoutMs = CALL_TIMEOUT_MS,
    onCall = () => {},
    now = () => new Date(),
    limiters = createRegionLimiters(),
  } = options;
  const endpoint = parseEndpoint(options.endpoint ?? DEFAULT_ENDPOINT);
  const exchange = createExchange({ host: endpoint.host, timeoutMs });
  const clock = createSigningClock(now);
  let answeredAt: Date | null = null;
  const underWay = new CallsUnderWay(now);
  const onDate = (at: Date) => void (answeredAt = at);
  const deps = { endpoint, exchange, limiters, clock, now, onCall, onDate, underWay, timeoutMs };

  async function obtain(call: ApiCall<unknown>, deadline: CallDeadline, after: TurnedDown | null) {
    return await deadline.race(askCredentials(call, options.credentials, after)).catch((error: unknown) => {
      const late = { what: 'not sent, no credentials came', timeoutMs, sent: false };
      throw deadline.isOver() ? timeoutError(call, late) : error;
    });
  }

  // Clocks drift. A call that was refused for its date was not performed: with a better date it is another call.
  async function callWithGoodDate<Result>(call: ApiCall<Result>, deadline: CallDeadline, credentials: Credentials) {
    try {
      return await sendSigned(deps, call, deadline, credentials);
    } catch (error) {
      if (!(error instanceof ClockSkewError)) throw error;
      clock.correct(error.skewMs);
      return await sendSigned(deps, call, deadline, credentials);
    }
  }

  // Keys rotate, and tokens expire. A call that was refused for its keys or rights was not performed either.
  async function callWithRotation<Result>(call: ApiCall<Result>, deadline: CallDeadline) {
    const credentials = await obtain(call, deadline, null);
    try {
      return await callWithGoodDate(call, deadline, credentials);
    } catch (error) {
      const after = turnedDownBy(error);
      if (after === null) throw error;
      const renewed = await obtain(call, deadline, after).catch((why: unknown) => notRenewed(error, why));
      if (areSameCredentials(credentials, renewed)) throw error;
      return await callWithGoodDate(call, deadline, renewed);
    }
  }

  return {
    answeredAt: () => answeredAt,
    unanswered: (regionId) => underWay.oldestTo(regionId),
    close: exchange.close,
    async call(call, { signal, beforeSend } = {}) {
      signal?.throwIfAborted();
      const deadline = startDeadline(timeoutMs, signal);
      try {
        const { requestId, result } = await callWithRotation({ ...call, beforeSend }, deadline);
        return { requestId, result };
      } finally {
        deadline.clear();
      }
    },
  };
}

/** What JD Cloud has against the credentials, by the error of a call; null: nothing. A stale date says nothing of them. */
function turnedDownBy(error: unknown): TurnedDown | null {
  if (error instanceof ClockSkewError) return null;
  if (error instanceof CredentialsError) return 'refused';
  return error instanceof PermissionError ? 'forbidden' : null;
}

/** Throws the refusal, and why no other credentials could be had. One that is not sure of that is worth another try. */
function notRenewed(refusal: unknown, why: unknown): never {
  if (!(refusal instanceof CredentialsError) || !(why instanceof CredentialsError)) throw why;
  throw new CredentialsError(`${refusal.message}; and no others: ${why.message}`, refusal);
}
