import { randomUUID } from 'node:crypto';
import type { Scope } from '../../fixtures/defer.js';
import { startRebuild } from '../../fixtures/worker.js';
import { startWorkerProcess, type WorkerProcess } from '../../process/worker-process.js';
import type { Engine } from '../shared-worker.js';
import { SETTLE_MS } from './arm-cell.js';
import { openDoor } from './one-door.js';
import { CREDENTIALS, type PairVm } from './pair-vm.js';

/** Some VMs and the worker that rebuilds them. */
export interface Stage {
  readonly worker: WorkerProcess;
  /** Starts a worker beside it, which takes over what it leaves. */
  readonly startAnother: () => Promise<WorkerProcess>;
  readonly rebuild: (vm: PairVm) => Promise<void>;
}

const SETTINGS = {
  REIMAGE_POLL_INTERVAL_MS: '500',
  REIMAGE_SETTLE_MS: String(SETTLE_MS),
  REIMAGE_CALLS_PER_MINUTE: '0',
};

/** Starts the worker. Ends with the scope. @param env - on top of what a worker needs, for the first one */
export async function openStage(
  scope: Scope,
  { client, address }: Engine,
  vms: readonly PairVm[],
  env: NodeJS.ProcessEnv = {},
): Promise<Stage> {
  const endpoint = await openDoor(
    scope,
    vms.map(({ cloud }) => cloud),
  );
  const taskQueue = `pairs-${randomUUID()}`;
  const start = (own: NodeJS.ProcessEnv) =>
    startWorkerProcess(scope, {
      cloud: { endpoint, credentials: CREDENTIALS },
      address,
      taskQueue,
      env: { ...SETTINGS, ...own },
    });
  const worker = await start(env);
  return {
    worker,
    startAnother: () => start({}),
    rebuild: async (vm) => {
      vm.handle = await startRebuild(client, taskQueue, vm.request);
    },
  };
}
