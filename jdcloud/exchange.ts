import type { HttpAnswer } from './answer.js';
import type { ApiCall } from './api-call.js';
import type { CallDeadline } from './call-deadline.js';
import { openConnections } from './connections.js';
import { send } from './send.js';
import type { SignedRequest } from './signed-request.js';
import { timeoutError, transportError } from './transport-errors.js';

/** Request and answer of one call. */
export interface Exchange {
  /** Throws an UnavailableError when no whole answer comes, the reason of the caller's signal, or what `beforeSend` threw. */
  readonly run: (
    call: ApiCall<unknown>,
    request: SignedRequest,
    body: Buffer,
    deadline: CallDeadline,
  ) => Promise<HttpAnswer>;
  /** Ends the connections. */
  readonly close: () => void;
}

/** Makes the part of a client that holds the connections. */
export function createExchange({ host, timeoutMs }: { readonly host: string; readonly timeoutMs: number }): Exchange {
  const connections = openConnections();
  return {
    close: connections.close,
    async run(call, request, body, deadline) {
      const { method } = call;
      const leave = new Leave(call.beforeSend);
      const agents = method === 'GET' ? connections.forReads : connections.forChange(() => leave.ask());
      try {
        return await send({ method, request, body, agents, timeoutMs, signal: deadline.signal });
      } catch (error) {
        leave.throwIfRefused();
        // Nothing of a change goes out before its leave; of a read nobody asks.
        const sent = method === 'GET' || leave.isGiven;
        if (deadline.isOver() || isAxiosTimeout(error)) {
          throw timeoutError(call, { what: `no whole answer came from ${host}`, timeoutMs, sent });
        }
        deadline.signal.throwIfAborted();
        throw transportError(call, { host, thrown: error, sent });
      }
    },
  };
}

/** Whether one call may go out, asked once its connection stands. */
class Leave {
  readonly #beforeSend: () => Promise<void>;
  #refusal: { readonly reason: unknown } | null = null;
  #isGiven = false;

  constructor(beforeSend: () => Promise<void> = async () => undefined) {
    this.#beforeSend = beforeSend;
  }

  get isGiven(): boolean {
    return this.#isGiven;
  }

  async ask(): Promise<void> {
    try {
      await this.#beforeSend();
    } catch (error) {
      this.#refusal = { reason: error };
      throw error;
    }
    this.#isGiven = true;
  }

  throwIfRefused(): void {
    if (this.#refusal !== null) throw this.#refusal.reason;
  }
}

// Our own deadline and axios' timer fire at about the same time.
function isAxiosTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout of \d+ms exceeded$/.test(error.message);
}
