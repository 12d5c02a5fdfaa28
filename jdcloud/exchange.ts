import type { HttpAnswer } from './answer.js';
import type { ApiCall } from './api-call.js';
import type { CallDeadline } from './call-deadline.js';
import { openConnections } from './connections.js';
import type { Agents } from './connections.js';
import { send } from './send.js';
import type { SignedRequest } from './signed-request.js';
import { timeoutError, transportError } from './transport-errors.js';

/** Request and answer of one call. */
export interface Exchange {
  /** Throws an UnavailableError when no whole answer comes, or the reason of the caller's signal. */
  readonly run: (
    call: ApiCall<unknown>,
    request: SignedRequest,
    body: Buffer,
    deadline: CallDeadline,
  ) => Promise<HttpAnswer>;
  /** Ends the connections, unless the agents came from outside. */
  readonly close: () => void;
}

/** Makes the part of a client that holds the connections. */
export function createExchange({
  host,
  timeoutMs,
  agents: given,
}: {
  readonly host: string;
  readonly timeoutMs: number;
  readonly agents?: Agents | undefined;
}): Exchange {
  const connections = openConnections(given);
  return {
    close: connections.close,
    async run(call, request, body, deadline) {
      const agents = call.method === 'GET' ? connections.forReads : connections.forChanges;
      try {
        return await send({ method: call.method, request, body, agents, timeoutMs, signal: deadline.signal });
      } catch (error) {
        if (deadline.isOver() || isAxiosTimeout(error)) {
          throw timeoutError(call, { what: `no whole answer came from ${host}`, timeoutMs, sent: true });
        }
        deadline.signal.throwIfAborted();
        throw transportError(call, host, error);
      }
    },
  };
}

// Our own deadline and axios' timer fire at about the same time.
function isAxiosTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout of \d+ms exceeded$/.test(error.message);
}
