import { connect, createServer, type Socket } from 'node:net';

type Upstreams = ReadonlyMap<string, Set<Socket>>;

/** A load balancer in front of frontends. */
export interface Balancer {
  /** `127.0.0.1:PORT` for clients and workers. */
  readonly address: string;
  /** Open connections to a backend. */
  readonly load: (backend: string) => number;
  readonly close: () => Promise<void>;
}

/**
 * Forwards each connection to one of the backends in turn, and to the next when it refuses: what stands in front of the
 * frontends of a cluster. A connection that breaks on one side is broken on the other.
 * @param backends - `host:port` each
 */
export async function startBalancer(backends: readonly string[]): Promise<Balancer> {
  const clients = new Set<Socket>();
  const upstreams = new Map(backends.map((backend) => [backend, new Set<Socket>()]));
  let turn = 0;
  const server = createServer((client) => {
    track(client, clients);
    turn += 1;
    forward(client, inOrder(backends, turn), upstreams);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const listening = server.address();
  if (listening === null || typeof listening === 'string') throw new Error('The system gave no port.');
  return {
    address: `127.0.0.1:${listening.port}`,
    load: (backend) => upstreams.get(backend)?.size ?? 0,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of clients) socket.destroy();
      await closed;
    },
  };
}

function inOrder(backends: readonly string[], turn: number): readonly string[] {
  const first = turn % backends.length;
  return [...backends.slice(first), ...backends.slice(0, first)];
}

function forward(client: Socket, [backend, ...others]: readonly string[], upstreams: Upstreams): void {
  if (backend === undefined || client.destroyed) {
    client.destroy();
    return;
  }
  const [host = '', port = ''] = backend.split(':');
  const upstream = connect(Number(port), host);
  const next = () => forward(client, others, upstreams);
  upstream.once('error', next);
  upstream.once('connect', () => {
    upstream.off('error', next);
    track(upstream, upstreams.get(backend) ?? new Set());
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
}

function track(socket: Socket, open: Set<Socket>): void {
  open.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => open.delete(socket));
}
