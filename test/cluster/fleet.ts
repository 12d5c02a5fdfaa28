import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';

/** One rebuild that the cluster is asked for. */
export interface Member {
  readonly instanceId: string;
  readonly status: 'running' | 'stopped';
  readonly request: RebuildRequestInput;
  readonly imageAfter: string;
}

/** Times faster than what we assume of JD Cloud: a rebuild takes about ten seconds. */
export const COMPRESS = 10;
const REBUILDS = 50;
const BYSTANDERS = 5;
const REGION = 'cn-north-1';

/** Every third VM is stopped before; every second one gets another image, the others the one they have. */
export const MEMBERS: readonly Member[] = Array.from({ length: REBUILDS }, (_, index) => {
  const instanceId = `i-cluster${String(index + 1).padStart(2, '0')}`;
  const imageAfter = index % 2 === 0 ? OTHER_IMAGE_ID : DEFAULT_IMAGE_ID;
  const image = index % 2 === 0 ? { imageId: imageAfter } : {};
  return {
    instanceId,
    status: index % 3 === 0 ? 'stopped' : 'running',
    request: { regionId: REGION, instanceId, keyNames: ['ops'], requestedBy: 'test:cluster', ...image },
    imageAfter,
  };
});

/** VMs that nobody asks to rebuild. */
export const BYSTANDER_IDS = Array.from({ length: BYSTANDERS }, (_, index) => `i-bystander${index + 1}`);

/** A cloud with all of them. */
export async function startFleetCloud(): Promise<Simulator> {
  const members = MEMBERS.map(({ instanceId, status }) => vm(instanceId, status));
  const vms = [...members, ...BYSTANDER_IDS.map((instanceId) => vm(instanceId))];
  return await startSimulator({ compress: COMPRESS, state: region({ regionId: REGION, vms }) });
}
