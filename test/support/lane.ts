import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/builders.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from './defer.js';
import { uniqueVmId } from './requests.js';
import { startTestWorker, type TestWorker, type TestWorkerOptions } from './worker.js';

/** A cloud and a worker for one row of a table at a time, so that a fault of a shared read strikes no other row. */
export interface Lane {
  readonly cloud: Simulator;
  readonly worker: TestWorker;
  readonly instanceId: string;
}

/** A third image, which nobody asks for: what someone else rebuilds the VM onto. */
export const FOREIGN_IMAGE_ID = 'img-of-someone-else';

export interface LaneOptions extends Omit<SimulatorOptions, 'state'> {
  readonly status?: string;
  readonly overrides?: Parameters<typeof vm>[2];
  readonly worker?: Omit<TestWorkerOptions, 'cloud'>;
}

/** Each row gets a cloud of one VM on compressed time and a worker that knows only it; all of it ends with the row. */
export async function inLane<T>(options: LaneOptions, row: (lane: Lane) => Promise<T>): Promise<T> {
  let cleanUp: () => Promise<void> = async () => undefined;
  const scope: Scope = { after: (all) => void (cleanUp = all) };
  const { status = 'running', overrides = {}, worker: workerOptions, ...simulator } = options;
  const instanceId = uniqueVmId();
  try {
    const state = region({
      vms: [vm(instanceId, status, overrides)],
      images: [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, FOREIGN_IMAGE_ID].map((id) => image(id)),
    });
    const cloud = await startSimulator({ compress: 200, ...simulator, state });
    defer(scope, () => cloud.close());
    const worker = await startTestWorker(scope, { ...workerOptions, cloud });
    return await row({ cloud, worker, instanceId });
  } finally {
    await cleanUp();
  }
}
