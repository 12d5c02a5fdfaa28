import type { Client } from '@temporalio/client';
import { ReimageClient } from '../../../client/index.js';
import { rebuildWorkflowId, type VmRef } from '../../../contracts/ids.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { testTemporal } from '../../fixtures/temporal-env.js';
import { type StandInWorker, startStandInWorker, uniqueIds } from './worker.js';

export interface StandIn {
  readonly client: Client;
  readonly reimage: ReimageClient;
  readonly worker: StandInWorker;
  readonly taskQueue: string;
  readonly vm: VmRef;
  /** The least that the library takes. */
  readonly request: VmRef & { imageInherit: 'yes' };
}

/** A library client on a task queue of its own, with a stand-in worker behind it. Ends with the scope. @param where - of its VM */
export async function standIn(scope: Scope, where: { readonly regionId?: string } = {}): Promise<StandIn> {
  const { client, nativeConnection } = await testTemporal(scope);
  const { taskQueue, vm: anyVm } = uniqueIds();
  const vm = { ...anyVm, ...where };
  const worker = await startStandInWorker(scope, nativeConnection, taskQueue);
  defer(scope, () => endRun(client, vm));
  const reimage = await ReimageClient.connect({ client, taskQueue, env: {} });
  return { client, reimage, worker, taskQueue, vm, request: { ...vm, imageInherit: 'yes' } };
}

async function endRun(client: Client, vm: VmRef): Promise<void> {
  await client.workflow
    .getHandle(rebuildWorkflowId(vm))
    .terminate()
    .catch(() => undefined);
}
