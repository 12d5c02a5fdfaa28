import { WorkflowNotFoundError } from '@temporalio/client';
import type { VmRef } from '../contracts/ids.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { nothingUnderWay } from './nothing-under-way.js';
import type { Operation } from './operation.js';
import { readHead, readOperation } from './read-operation.js';

/**
 * Asks the rebuild under way to end. Before the rebuild call the VM's power state is restored and it
 * ends cancelled; after it, it is carried through and its result says that the cancellation came too late.
 * @throws ReimageNotFoundError when no rebuild of the VM is under way · ReimageUnreachableError
 */
export async function cancelRebuild(context: ClientContext, vm: VmRef): Promise<Operation> {
  const head = await readHead(context, vm);
  if (head.status !== 'running') throw nothingUnderWay(head);
  const handle = context.client.workflow.getHandle(head.operationId, head.runId);
  await callTemporal(context, async () => {
    try {
      await handle.cancel();
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? nothingUnderWay(head) : error;
    }
  });
  return await readOperation(context, head);
}
