import type { Client } from '@temporalio/client';
import { ReimageClient } from '../../../client/index.js';
import { rebuildWorkflowId, type VmRef } from '../../../contracts/ids.js';
import { testTemporal, type Scope } from '../../support/temporal-env.js';
import { startStandInWorker, uniqueIds, type StandInWorker } from './worker.js';

export interface StandIn {
  readonly client: Client;
  readonly reimage: ReimageClient;
  readonly worker: StandInWorker;
  readonly taskQueue: string;
  readonly vm: VmRef;
  /** The least that the library takes. */
  readonly request: VmRef & { imageInherit: 'yes' };
}

/** A library client on a task queue of its own, with a stand-in worker behind it. Ends with the scope. */
export async function standIn(scope: Scope): Promise<StandIn> {
  // Scopes clean up in the order of registration: the run goes first, the connections last.
  const later: (() => Promise<void>)[] = [];
  const { client, nativeConnection } = await testTemporal({ after: (cleanUp) => void later.push(cleanUp) });
  const { taskQueue, vm } = uniqueIds();
  scope.after(async () => {
    await client.workflow
      .getHandle(rebuildWorkflowId(vm))
      .terminate()
      .catch(() => undefined);
  });
  const worker = await startStandInWorker(scope, nativeConnection, taskQueue);
  scope.after(async () => {
    for (const cleanUp of later) await cleanUp();
  });
  const reimage = await ReimageClient.connect({ client, taskQueue, env: {} });
  return { client, reimage, worker, taskQueue, vm, request: { ...vm, imageInherit: 'yes' } };
}
