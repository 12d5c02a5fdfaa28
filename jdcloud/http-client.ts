import { randomUUID } from 'node:crypto';
import { callName, factsWithoutAnswer, oneLine, pathOf, refusedBeforeSending } from './api-call.js';
import type { ApiCall } from './api-call.js';
import { startDeadline } from './call-deadline.js';
import type { CallDeadline } from './call-deadline.js';
import type { CallRecord } from './call-record.js';
import { openConnections } from './connections.js';
import type { Agents } from './connections.js';
import type { CredentialProvider, Credentials } from './credentials.js';
import { DEFAULT_ENDPOINT, parseEndpoint } from './endpoint.js';
import { CredentialsError } from './errors.js';
import { readAnswer } from './read-answer.js';
import { recordCall } from './record-call.js';
import { send } from './send.js';
import { signRequest } from './signed-request.js';
import type { SignedRequest } from './signed-request.js';
import { timeoutError, transportError } from './transport-errors.js';
import type { Answer, CallOptions } from './vm-api.js';

const TIMEOUT_MS = 10_000;

export interface HttpClientOptions {
  readonly credentials: CredentialProvider;
  /** Whole base URL. @default https://vm.jdcloud-api.com */
  readonly endpoint?: string;
  /** Milliseconds from asking for credentials to the last byte of the answer. @default 10000 */
  readonly timeoutMs?: number;
  /** Used for every call and left open by `close`. Default: agents of this client's own. */
  readonly agents?: Agents;
  /** Told of each request that was sent. What it throws becomes a process warning: the answer counts for more. */
  readonly onCall?: (call: CallRecord) => void;
  /** The clock that dates signatures. */
  readonly now?: () => Date;
}

export interface HttpClient {
  /**
   * Sends one call once, with a date and nonce of its own.
   * Throws a JdCloudError, or the reason of the caller's signal when that aborted.
   */
  readonly call: <Result>(call: ApiCall<Result>, options?: CallOptions) => Promise<Answer<{ result: Result }>>;
  /** Ends the connections of this client's own. */
  readonly close: () => void;
}

/** Makes the part of the client that knows HTTP, signing and errors, and no operation. Throws an Error for a bad endpoint. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { timeoutMs = TIMEOUT_MS, onCall = () => {}, now = () => new Date() } = options;
  const endpoint = parseEndpoint(options.endpoint ?? DEFAULT_ENDPOINT);
  const connections = openConnections(options.agents);

  async function obtain(call: ApiCall<unknown>, deadline: CallDeadline, refresh = false): Promise<Credentials> {
    return await deadline.race(askCredentials(call, options.credentials, refresh)).catch((error: unknown) => {
      throw deadline.isOver() ? timeoutError(call, { host: endpoint.host, timeoutMs, sent: false }) : error;
    });
  }

  async function exchange(call: ApiCall<unknown>, request: SignedRequest, body: Buffer, deadline: CallDeadline) {
    const agents = call.method === 'GET' ? connections.forReads : connections.forChanges;
    try {
      return await send({ method: call.method, request, body, agents, timeoutMs, signal: deadline.signal });
    } catch (error) {
      if (deadline.isOver() || isAxiosTimeout(error)) {
        throw timeoutError(call, { host: endpoint.host, timeoutMs, sent: true });
      }
      deadline.signal.throwIfAborted();
      throw transportError(call, endpoint.host, error);
    }
  }

  async function callOnce<Result>(call: ApiCall<Result>, deadline: CallDeadline, credentials: Credentials) {
    const path = pathOf(call);
    const body = Buffer.from(call.body === undefined ? '' : JSON.stringify(call.body));
    const unsigned = { method: call.method, regionId: call.regionId, path, query: call.query ?? [], body };
    const request = refuseBadUnicode(call, () =>
      signRequest(unsigned, { endpoint, credentials, at: now(), nonce: randomUUID() }),
    );
    const secrets = [...(call.secrets ?? []), credentials.secretKey, credentials.sessionToken ?? ''];
    return recordCall(call, onCall, async () =>
      readAnswer({ ...call, secrets }, await exchange(call, request, body, deadline), now()),
    );
  }

  // Keys rotate. A call that was refused for its keys was not performed: with other keys it is another call.
  async function callWithRotation<Result>(call: ApiCall<Result>, deadline: CallDeadline) {
    const credentials = await obtain(call, deadline);
    try {
      return await callOnce(call, deadline, credentials);
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      const renewed = await obtain(call, deadline, true);
      if (isSame(credentials, renewed)) throw error;
      return await callOnce(call, deadline, renewed);
    }
  }

  return {
    close: connections.close,
    async call(call, { signal } = {}) {
      signal?.throwIfAborted();
      const deadline = startDeadline(timeoutMs, signal);
      try {
        const { requestId, result } = await callWithRotation(call, deadline);
        return { requestId, result };
      } finally {
        deadline.clear();
      }
    },
  };
}

function isSame(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKey === other.accessKey && one.secretKey === other.secretKey && one.sessionToken === other.sessionToken
  );
}

async function askCredentials(call: ApiCall<unknown>, provider: CredentialProvider, refresh: boolean) {
  try {
    return await provider({ refresh });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'the credential provider failed';
    const facts = factsWithoutAnswer(call, { mayHaveArrived: false });
    throw new CredentialsError(`${callName(call)}: not sent, ${oneLine(why)}`, facts);
  }
}

function refuseBadUnicode(call: ApiCall<unknown>, sign: () => SignedRequest): SignedRequest {
  try {
    return sign();
  } catch (error) {
    if (error instanceof URIError) throw refusedBeforeSending(call, 'it holds text that is not valid Unicode');
    throw error;
  }
}

// Our own deadline and axios' timer fire at about the same time.
function isAxiosTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout of \d+ms exceeded$/.test(error.message);
}
