import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import type { ImageState } from '../../simulator/model/region-state.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from './defer.js';
import { ownNamespace } from './own-namespace.js';
import { uniqueVmId } from './requests.js';
import { useSharedWorker } from './shared-worker.js';
import { startTestWorker, type TestWorker, type TestWorkerOptions } from './worker.js';

/** A cloud, and activities with a client of it, for one row of a table at a time, so that a fault of a shared read strikes no other row. */
export interface Lane {
  readonly cloud: Simulator;
  readonly worker: TestWorker;
  readonly instanceId: string;
}

/** A third image, which nobody asks for: what someone else rebuilds the VM onto. */
export const FOREIGN_IMAGE_ID = 'img-of-someone-else';

/** An image for a system disk on the host. */
export const LOCAL_IMAGE_ID = 'img-for-a-local-disk';

export interface LaneOptions extends Omit<SimulatorOptions, 'state'> {
  readonly status?: string;
  readonly overrides?: Parameters<typeof vm>[2];
  readonly worker?: Pick<TestWorkerOptions, 'timing' | 'env'>;
  /** Images beside those that every lane has. */
  readonly images?: readonly ImageState[];
}

/** Each row gets a cloud of one VM on compressed time, which ends with the row; the Temporal worker is shared with others. */
export async function inLane<T>(options: LaneOptions, row: (lane: Lane) => Promise<T>): Promise<T> {
  let cleanUp: () => Promise<void> = async () => undefined;
  const scope: Scope = { after: (all) => void (cleanUp = all) };
  const { status = 'running', overrides = {}, worker: workerOptions, images = [], ...simulator } = options;
  const instanceId = uniqueVmId();
  try {
    const state = region({ vms: [vm(instanceId, status, overrides)], images: [...ownImages(), ...images] });
    const cloud = await startSimulator({ compress: 200, ...simulator, state });
    defer(scope, () => cloud.close());
    const worker = await useSharedWorker(scope, { ...workerOptions, cloud, instanceId });
    return await row({ cloud, worker, instanceId });
  } finally {
    await cleanUp();
  }
}

/**
 * A cloud of one VM and a worker in a namespace that nobody else is in: where rebuilds or fleets of others do not tell
 * which images they need, no backup is deleted.
 */
export async function laneAlone(scope: Scope): Promise<Lane> {
  const temporal = await ownNamespace(scope);
  const instanceId = uniqueVmId();
  const state = region({ vms: [vm(instanceId)], images: ownImages() });
  const cloud = await startSimulator({ compress: 200, state });
  defer(scope, () => cloud.close());
  return { cloud, instanceId, worker: await startTestWorker(scope, { cloud, temporal }) };
}

function ownImages(): ImageState[] {
  return [
    ...[DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, FOREIGN_IMAGE_ID].map((id) => image(id)),
    image(LOCAL_IMAGE_ID, { rootDeviceType: 'localDisk' }),
  ];
}
