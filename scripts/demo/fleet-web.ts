import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulator } from '../../simulator/start-simulator.js';

/** What the web servers of the demo serve, a path for each. */
export interface FleetWeb {
  /** URL of what a VM serves, with `{instanceId}` in it. */
  readonly healthUrl: string;
  /** From now on the new image does not work on this VM: it starts, and what it serves answers 500. */
  readonly breakOn: (instanceId: string) => void;
  readonly close: () => Promise<void>;
}

export interface FleetWebOptions {
  readonly cloud: Pick<Simulator, 'vm'>;
  /** The image that does not work on broken VMs. */
  readonly image: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Serves for all VMs: 200 while the VM runs and its image does on it. A PUT breaks a VM as `breakOn` does, a DELETE
 * mends it.
 * @throws Error when the port is taken
 */
export async function serveWeb({ cloud, image, port }: FleetWebOptions): Promise<FleetWeb> {
  const broken = new Set<string>();
  const statusOf = (instanceId: string): number => {
    const { status, imageId } = cloud.vm(instanceId);
    if (status !== 'running') return 503;
    return broken.has(instanceId) && imageId === image ? 500 : 200;
  };
  const answer = (method: string | undefined, instanceId: string): number => {
    if (method === 'PUT') broken.add(instanceId);
    if (method === 'DELETE') broken.delete(instanceId);
    try {
      return method === 'GET' ? statusOf(instanceId) : 204;
    } catch {
      return 404;
    }
  };
  const server = createServer((request, response) => {
    response.statusCode = answer(request.method, request.url?.slice(1) ?? '');
    response.end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    healthUrl: `http://127.0.0.1:${portOf(server.address())}/{instanceId}`,
    breakOn: (instanceId) => void broken.add(instanceId),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The web servers of the demo have no port.');
  return address.port;
}
