import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { image, region, vm } from '../simulator/builders.js';
import { derivedId } from '../simulator/region/resource-ids.js';
import { startSimulator, type Simulator } from '../simulator/start-simulator.js';
import type { StandCloud } from './demo-stand.js';

const ZONES = ['cn-north-1a', 'cn-north-1b', 'cn-north-1c'] as const;
const OLD_IMAGE = derivedId('img', 'web-2026-11');
const NEW_IMAGE = derivedId('img', 'web-2026-12');

/** The machines of the demo, and what they serve. */
export interface FleetTargets {
  readonly instanceIds: readonly string[];
  readonly image: string;
  /** URL of what a VM serves, with `{instanceId}` in it. */
  readonly healthUrl: string;
  /** From now on the new image does not do on this VM: it starts, and what it serves answers 500. */
  readonly breakOn: (instanceId: string) => void;
  readonly close: () => Promise<void>;
}

export interface FleetCloudOptions {
  /** VMs in it. */
  readonly size: number;
  /** How many times faster than JD Cloud it is. */
  readonly compress: number;
}

/** A region of web servers in three zones, all on the image of November, with that of December ready. */
export async function startFleetCloud({ size, compress }: FleetCloudOptions): Promise<StandCloud<FleetTargets>> {
  const vms = Array.from({ length: size }, (_, at) => {
    const name = `web-${String(at + 1).padStart(2, '0')}`;
    const az = ZONES[at % ZONES.length] ?? ZONES[0];
    const tags = [{ key: 'app', value: 'web' }];
    return vm(derivedId('i', name), 'running', { instanceName: name, az, tags, imageId: OLD_IMAGE, keyNames: ['ops'] });
  });
  const images = [
    image(OLD_IMAGE, { name: 'web-2026-11', createTime: '2026-11-02 10:00:00' }),
    image(NEW_IMAGE, { name: 'web-2026-12', createTime: '2026-12-01 10:00:00' }),
  ];
  const cloud = await startSimulator({ state: region({ vms, images }), compress });
  const served = await serve(cloud);
  return { cloud, targets: { instanceIds: vms.map(({ instanceId }) => instanceId), image: NEW_IMAGE, ...served } };
}

/** What the web servers serve, a path for each: 200 while the VM runs and its image does on it. */
async function serve(cloud: Simulator): Promise<Pick<FleetTargets, 'healthUrl' | 'breakOn' | 'close'>> {
  const broken = new Set<string>();
  const statusOf = (instanceId: string): number => {
    const { status, imageId } = cloud.vm(instanceId);
    if (status !== 'running') return 503;
    return broken.has(instanceId) && imageId === NEW_IMAGE ? 500 : 200;
  };
  const server = createServer((request, response) => {
    response.statusCode = statusOf(request.url?.slice(1) ?? '');
    response.end();
  });
  server.listen(0, '127.0.0.1');
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
  if (address === null || typeof address === 'string') throw new Error('What the web servers serve has no port.');
  return address.port;
}
