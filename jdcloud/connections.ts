import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

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
