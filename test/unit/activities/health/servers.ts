import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { defer, type Scope } from '../../../fixtures/defer.js';
import { selfSigned } from '../../../fixtures/self-signed.js';

export interface TestServer {
  readonly port: number;
  /** Requests, or connections where no HTTP is spoken, so far. */
  readonly count: () => number;
  /** Connections open now. */
  readonly open: () => number;
}

type Answer = (response: http.ServerResponse, before: number, request: http.IncomingMessage) => void;

/** An HTTP server on this machine. `answer` is told how many requests came before. */
export async function httpServer(
  scope: Scope,
  answer: Answer,
  { tls = false, host = '127.0.0.1' } = {},
): Promise<TestServer> {
  let count = 0;
  const handle = (request: http.IncomingMessage, response: http.ServerResponse) => {
    count += 1;
    answer(response, count - 1, request);
  };
  const server = tls ? https.createServer(selfSigned(), handle) : http.createServer(handle);
  return { ...(await listen(scope, server, host)), count: () => count };
}

/** An HTTP server whose answers are good or bad in this order; the last one repeats. */
export const flapping = (scope: Scope, pattern: string): Promise<TestServer> =>
  httpServer(scope, (response, before) => {
    response.writeHead(pattern[Math.min(before, pattern.length - 1)] === '+' ? 200 : 503).end();
  });

/** A server that speaks only what `speak` writes; by default it accepts and is silent. */
export async function rawServer(
  scope: Scope,
  speak: (socket: net.Socket) => void = () => undefined,
  { port = 0, host = '127.0.0.1' } = {},
): Promise<TestServer> {
  let count = 0;
  const server = net.createServer((socket) => {
    count += 1;
    speak(socket);
  });
  return { ...(await listen(scope, server, host, port)), count: () => count };
}

/** A port on which nobody listens. */
export async function refusedPort(): Promise<number> {
  const server = net.createServer();
  const { port } = await listening(server, '127.0.0.1');
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(scope: Scope, server: net.Server, host: string, wanted = 0) {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  const { port } = await listening(server, host, wanted);
  defer(scope, async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port, open: () => sockets.size };
}

async function listening(server: net.Server, host: string, wanted = 0): Promise<{ port: number }> {
  await new Promise<void>((resolve) => server.listen(wanted, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address;
}
