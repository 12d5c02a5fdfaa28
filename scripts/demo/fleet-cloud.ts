import { image, region, vm } from '../../simulator/model/builders.js';
import { derivedId } from '../../simulator/model/region-state.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { type FleetWeb, serveWeb } from './fleet-web.js';
import type { StandCloud } from './stand.js';

const ZONES = ['cn-north-1a', 'cn-north-1b', 'cn-north-1c'] as const;
const OLD_IMAGE = derivedId('img', 'web-2026-11');
const NEW_IMAGE = derivedId('img', 'web-2026-12');

/** The machines of the demo, and what they serve. */
export interface FleetTargets extends FleetWeb {
  readonly instanceIds: readonly string[];
  readonly image: string;
}

export interface FleetCloudOptions {
  /** VMs in it. */
  readonly size: number;
  /** How many times faster than JD Cloud it is. */
  readonly compress: number;
  /** Where the web servers serve; absent: any free port. */
  readonly webPort?: number;
}

/** A region of web servers in three zones, all on the image of November, with that of December ready. */
export async function startFleetCloud(options: FleetCloudOptions): Promise<StandCloud<FleetTargets>> {
  const { size, compress, webPort = 0 } = options;
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
  const served = await serveWeb({ cloud, image: NEW_IMAGE, port: webPort });
  return { cloud, targets: { instanceIds: vms.map(({ instanceId }) => instanceId), image: NEW_IMAGE, ...served } };
}
