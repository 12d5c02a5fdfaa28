import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { MEMO } from '../contracts/names.js';
import { firstRunIdOf } from './describe-latest.js';

/** The rebuild that holds the lock of a VM, or had it last. */
export interface LastRebuild {
  readonly startedAt: string;
  /** What it writes on the VM: its request id, or else its first run id. */
  readonly marker: string;
}

/**
 * Reads it from the server's own state, and not from its index; null where the namespace knows of none.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readLastRebuild(client: Client, vm: VmRef): Promise<LastRebuild | null> {
  try {
    const description = await client.workflow.getHandle(rebuildWorkflowId(vm)).describe();
    const requestId = description.memo?.[MEMO.requestId];
    const marker = typeof requestId === 'string' ? requestId : firstRunIdOf(description);
    return { startedAt: description.startTime.toISOString(), marker };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
