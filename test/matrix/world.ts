import { randomUUID } from 'node:crypto';
import { createDependencies, type Dependencies } from '../../activities/create-dependencies.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { NEVER_FROZEN } from '../fixtures/never-frozen.js';
import { TEST_TIMING } from '../fixtures/worker.js';
import { CALL_TIMEOUT_MS, SETTLE_MS } from './faults.js';

/** What is in the region beside the VMs that are rebuilt. Nobody may touch it. */
export const BYSTANDERS = {
  vms: ['i-bystander-up', 'i-bystander-down'],
  images: ['img-bystander'],
} as const;

/** A simulated region and a worker's client of it, for the VMs of one or more cells. */
export interface World {
  readonly cloud: Simulator;
  readonly dependencies: Dependencies;
  readonly instanceIds: readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts a region with so many running VMs and what activities need to work on it. */
export async function openWorld(vms: number): Promise<World> {
  const instanceIds = Array.from({ length: vms }, () => `i-${randomUUID().slice(0, 13)}`);
  const [up, down] = BYSTANDERS.vms;
  const cloud = await startSimulator({
    state: region({
      vms: [...instanceIds.map((id) => vm(id)), vm(up), vm(down, 'stopped')],
      images: [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, ...BYSTANDERS.images].map((id) => image(id)),
      quotas: { image: 10_000, instance: 10_000 },
    }),
    compress: 200,
    // So slow that each passing status is seen.
    timing: { stopping: 60_000, starting: 60_000 },
    assumptions: { callsPerMinute: 0 },
  });
  const stopping = new AbortController();
  const dependencies = createDependencies({
    jdcloud: {
      endpoint: cloud.endpoint,
      credentials: async () => cloud.credentials,
      timeoutMs: CALL_TIMEOUT_MS,
    },
    env: {},
    namespace: NEVER_FROZEN,
    // As rarely as lets each passing status be seen: looks are what this costs most.
    timing: { ...TEST_TIMING, pollIntervalMs: 250, settleMs: SETTLE_MS, busyLimitMs: 10_000 },
    stopping: stopping.signal,
  });
  const close = async () => {
    stopping.abort();
    dependencies.close();
    await cloud.close();
  };
  return { cloud, dependencies, instanceIds, close };
}
