import { OTHER_IMAGE_ID, region, vm } from '../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../simulator/start-simulator.js';

/** What every contender of the bench is given: so many running VMs, to be put on another image and left running. */
export interface Target {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly regionId: string;
  readonly imageId: string;
  readonly instanceIds: readonly string[];
}

/**
 * A fresh simulated region, so that no contender sees what another did.
 * @param compress - how many times faster than the cloud it is
 */
export async function startRegion(size: number, compress: number): Promise<{ cloud: Simulator; target: Target }> {
  const instanceIds = Array.from({ length: size }, (_, index) => `i-bench${String(index).padStart(5, '0')}`);
  const cloud = await startSimulator({
    state: region({ vms: instanceIds.map((id) => vm(id)) }),
    compress,
    assumptions: { callsPerMinute: 0 },
  });
  const { endpoint, credentials, regionId } = cloud;
  return { cloud, target: { endpoint, ...credentials, regionId, imageId: OTHER_IMAGE_ID, instanceIds } };
}
