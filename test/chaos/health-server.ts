import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defer, type Scope } from '../fixtures/defer.js';

/** Stands for the services on the VMs of a walk: a path for each VM, 200 while it is well and 500 while it is sick. */
export interface HealthServer {
  readonly url: (instanceId: string) => string;
  readonly sicken: (instanceId: string) => void;
  readonly heal: (instanceId: string) => void;
}

export async function startHealthServer(scope: Scope): Promise<HealthServer> {
  const sick = new Set<string>();
  const server = createServer((request, response) => {
    response.statusCode = sick.has(request.url?.slice(1) ?? '') ? 500 : 200;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  defer(scope, () => {
    server.closeAllConnections();
    server.close();
  });
  const port = portOf(server.address());
  return {
    url: (instanceId) => `http://127.0.0.1:${port}/${instanceId}`,
    sicken: (instanceId) => void sick.add(instanceId),
    heal: (instanceId) => void sick.delete(instanceId),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The health server has no port.');
  return address.port;
}
