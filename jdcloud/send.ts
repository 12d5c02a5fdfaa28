import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import axios from 'axios';
import type { ApiCall } from './api-call.js';
import type { HttpAnswer } from './read-response.js';
import type { SignedRequest } from './signed-request.js';
import { type CallDeadline, timeoutError, transportError } from './timeout.js';

/** A hundred VMs with all their disks are well under 1 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What goes over the wire, and how. */
export interface Sending {
  readonly method: string;
  readonly request: SignedRequest;
  /** Sent as they are: they have been signed. */
  readonly body: Buffer;
  readonly agents: Agents;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and reads the whole answer, whatever its status. A redirect is an answer, not
 * followed: a signature is for one host. Environment variables such as HTTPS_PROXY are not used.
 * Throws what axios throws, which holds secrets: never let it out of this folder.
 */
export async function send({ method, request, body, agents, timeoutMs, signal }: Sending): Promise<HttpAnswer> {
  const response = await axios.request<unknown>({
    method,
    url: request.url,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'reimage',
      ...request.headers,
    },
    ...(body.byteLength > 0 && { data: body }),
    httpAgent: agents.http,
    httpsAgent: agents.https,
    proxy: false,
    maxRedirects: 0,
    timeout: timeoutMs,
    signal,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
  });
  const { status, headers, data } = response;
  return {
    status,
    header: (name) => {
      const value: unknown = headers[name];
      return typeof value === 'string' ? value : null;
    },
    body: data instanceof Uint8Array ? data : new Uint8Array(),
  };
}

/** Agents that carry the calls. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** The agents of one client. */
export interface Connections {
  /** Keep their connections: most calls are reads, many and small. */
  readonly forReads: Agents;
  /**
   * For one call that changes something, over a new connection. A kept one may have been closed by the server a moment
   * ago, and the reset that follows leaves open whether the call arrived: nothing to risk on a rebuild.
   * @param beforeSend - awaited once the connection stands; when it rejects, the call fails and nothing goes out
   */
  readonly forChange: (beforeSend: () => Promise<void>) => Agents;
  /** Ends all kept connections. */
  readonly close: () => void;
}

/** Below what gateways grant an idle connection (60 s and more). Node keeps to a server that names less. */
const IDLE_MS = 30_000;

/** Makes the agents of one client. */
export function openConnections(): Connections {
  const kept = { keepAlive: true, timeout: IDLE_MS };
  const forReads = { http: new http.Agent(kept), https: new https.Agent(kept) };
  return {
    forReads,
    forChange: (beforeSend) => ({ http: new AskingAgent(beforeSend), https: new AskingTlsAgent(beforeSend) }),
    close: () => [forReads.http, forReads.https].forEach((agent) => agent.destroy()),
  };
}

type OnConnection = (error: Error | null, socket?: net.Socket) => void;

/** Hands a connection over only once `beforeSend` has agreed: name resolution, TCP and TLS are done by then. */
class AskingAgent extends http.Agent {
  readonly #beforeSend: () => Promise<void>;

  constructor(beforeSend: () => Promise<void>) {
    super();
    this.#beforeSend = beforeSend;
  }

  createConnection(options: net.NetConnectOpts, onConnection: OnConnection): void {
    handOver(net.connect(options), 'connect', this.#beforeSend, onConnection);
  }
}

class AskingTlsAgent extends https.Agent {
  readonly #beforeSend: () => Promise<void>;

  constructor(beforeSend: () => Promise<void>) {
    super();
    this.#beforeSend = beforeSend;
  }

  createConnection(options: tls.ConnectionOptions, onConnection: OnConnection): void {
    handOver(tls.connect(options), 'secureConnect', this.#beforeSend, onConnection);
  }
}

function handOver(
  socket: net.Socket,
  connected: 'connect' | 'secureConnect',
  beforeSend: () => Promise<void>,
  onConnection: OnConnection,
): void {
  socket.once('error', onConnection);
  socket.once(connected, () => {
    beforeSend().then(
      () => onConnection(null, socket),
      (error: unknown) => {
        socket.destroy();
        onConnection(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

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
