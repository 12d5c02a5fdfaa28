import http from 'node:http';
import type { TestContext } from 'node:test';
import { createVmClient, type VmClient, type VmClientOptions } from '../../../jdcloud/vm-client.js';

/** One request as it came over the wire. */
export interface Received {
  readonly method: string;
  /** Raw: path and query, still encoded. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Remote port: equal for two requests on one connection. */
  readonly port: number | undefined;
}

export type Answering = (response: http.ServerResponse, request: Received) => void;

export interface AnsweringServer {
  readonly endpoint: string;
  readonly received: Received[];
}

/** Starts an HTTP server that answers as told and ends with the test. */
export async function startAnswering(t: TestContext, answer: Answering): Promise<AnsweringServer> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      received.push({ method, url, headers, body, port: request.socket.remotePort });
      const last = received.at(-1);
      if (last !== undefined) answer(response, last);
    });
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { endpoint: `http://127.0.0.1:${port}`, received };
}

/** Answers with JSON and a status. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answering {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

export const KEYS = { accessKey: 'TESTACCESSKEY', secretKey: 'TESTSECRETKEY' };

/** A client of that server, closed with the test. */
export function clientOf(t: TestContext, options: Partial<VmClientOptions> & { endpoint: string }): VmClient {
  const client = createVmClient({ credentials: async () => KEYS, ...options });
  t.after(client.close);
  return client;
}
