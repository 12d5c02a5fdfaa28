import { OTHER_IMAGE_ID, region, vm } from '../simulator/builders.js';
import { type Simulator, startSimulator } from '../simulator/start-simulator.js';

/** What every contender of the bench is given: so many running VMs, to be put on another image and left running. */
export interface Fleet {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly regionId: string;
  readonly imageId: string;
  readonly instanceIds: readonly string[];
  /** Pause between two looks at a VM or a region: the default that users get. */
  readonly pollIntervalMs: number;
}

/** How much faster than the cloud the simulator runs: 20 s stops, 60 s rebuilds and 15 s starts become 5, 15 and 4. */
export const COMPRESS = 4;

const POLL_INTERVAL_MS = 5_000;

/** A fresh simulated region, so that no contender sees what another did. */
export async function startFleet(size: number): Promise<{ cloud: Simulator; fleet: Fleet }> {
  const instanceIds = Array.from({ length: size }, (_, index) => `i-bench${String(index).padStart(5, '0')}`);
  const cloud = await startSimulator({
    state: region({ vms: instanceIds.map((id) => vm(id)) }),
    compress: COMPRESS,
    assumptions: { callsPerMinute: 0 },
  });
  const fleet: Fleet = {
    endpoint: cloud.endpoint,
    ...cloud.credentials,
    regionId: 'cn-north-1',
    imageId: OTHER_IMAGE_ID,
    instanceIds,
    pollIntervalMs: POLL_INTERVAL_MS,
  };
  return { cloud, fleet };
}
