import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { FleetLane } from './fleet-lane.js';

/** started, task scheduled, task started, task completed */
const FIRST_TASK_COMPLETED = { low: 4, high: 0, unsigned: false, toNumber: () => 4 } as never;

/** Sets a workflow back to its beginning, as an operator may. */
export async function resetToFirstTask(
  { worker: { client } }: FleetLane,
  handle: WorkflowHandle,
): Promise<WorkflowHandle> {
  const { workflowId, runId } = await handle.describe();
  const { runId: next } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    workflowTaskFinishEventId: FIRST_TASK_COMPLETED,
    requestId: randomUUID(),
  });
  return client.workflow.getHandle(workflowId, next);
}
