import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulator } from '../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../fixtures/defer.js';

/**
 * One address for many regions, each a simulator of its own: a worker has one endpoint, and the reads of VMs that share
 * a region are shared too, so that none of them could fail or be late for one VM alone.
 * @returns the address, such as `http://127.0.0.1:41234`
 */
export async function openDoor(scope: Scope, clouds: readonly Simulator[]): Promise<string> {
  const endpoints = new Map(clouds.map(({ regionId, endpoint }) => [regionId, endpoint]));
  const server = createServer((asked, answer) => {
    const [, regionId = ''] = /^\/v1\/regions\/([^/]+)\//.exec(asked.url ?? '') ?? [];
    const endpoint = endpoints.get(regionId);
    if (endpoint === undefined) return void answer.writeHead(404).end();
    pass(endpoint, asked, answer);
  });
  // A connection waits for a worker that sleeps: in the cloud it would be gone, and its call with it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(scope, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** What has come in goes on also when its caller is gone, as in a load balancer: the call may be performed all the same. */
function pass(endpoint: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url = '/', headers } = asked;
  const passed = request(`${endpoint}${url}`, { method, headers, agent: false }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(answer);
  });
  passed.once('error', () => asked.socket.destroy());
  asked.pipe(passed);
}
