import { randomUUID } from 'node:crypto';
import { readAnswerClock } from './answer-clock.js';
import { pathOf, refusedBeforeSending } from './api-call.js';
import type { ApiCall } from './api-call.js';
import type { CallDeadline } from './call-deadline.js';
import type { CallRecord } from './call-record.js';
import type { Credentials } from './credential-source.js';
import type { Endpoint } from './endpoint.js';
import { JdCloudError, ThrottledError } from './errors.js';
import type { Exchange } from './exchange.js';
import { readAnswer } from './read-answer.js';
import type { ReadAnswer } from './read-answer.js';
import { recordCall } from './record-call.js';
import type { CallEnd, Pass } from './region-gate.js';
import type { RegionGates } from './region-gates.js';
import { signRequest } from './signed-request.js';
import type { SignedRequest } from './signed-request.js';
import type { SigningClock } from './signing-clock.js';
import { timeoutError } from './transport-errors.js';

/** What sending one request takes. */
export interface SendDeps {
  readonly endpoint: Endpoint;
  readonly exchange: Exchange;
  readonly gates: RegionGates;
  readonly clock: SigningClock;
  readonly now: () => Date;
  readonly onCall: (call: CallRecord) => void;
  /** Told when an answer was given, by JD Cloud's clock, where the answer says it. */
  readonly onDate: (answeredAt: Date) => void;
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
  const pass = await passGate(deps, call, deadline);
  return await endingPass(pass, async () => {
    const stamp = deps.clock.stamp();
    const signing = { endpoint: deps.endpoint, credentials, at: stamp.signedAt, nonce: randomUUID() };
    const request = refuseBadUnicode(call, () => signRequest(unsigned, signing));
    return await recordCall(call, deps.onCall, async () => {
      const answer = await deps.exchange.run(call, request, body, deadline);
      const clock = readAnswerClock(answer.header('date'), stamp, deps.now());
      if (clock.skewMs !== null) deps.onDate(clock.at);
      return readAnswer({ ...call, secrets }, answer, clock);
    });
  });
}

async function passGate({ gates, timeoutMs }: SendDeps, call: ApiCall<unknown>, deadline: CallDeadline): Promise<Pass> {
  try {
    return await deadline.paused(() => gates.enter(call, deadline.signal));
  } catch (error) {
    throw deadline.isOver()
      ? timeoutError(call, { what: 'not sent, it was not ready', timeoutMs, sent: false })
      : error;
  }
}

async function endingPass<T>(pass: Pass, work: () => Promise<T>): Promise<T> {
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
