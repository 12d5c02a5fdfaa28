import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { FleetLane } from './fleet-lane.js';

/** started, task scheduled, task started, task completed */
const FIRST_TASK_COMPLETED = 4;

/** Sets a workflow back to its beginning, as an operator may. */
export async function resetToFirstTask(lane: FleetLane, handle: WorkflowHandle): Promise<WorkflowHandle> {
  return await resetTo(lane, handle, FIRST_TASK_COMPLETED);
}

/** Sets a workflow back to the last task that it has done. */
export async function resetToLastTask(lane: FleetLane, handle: WorkflowHandle): Promise<WorkflowHandle> {
  const { events } = await handle.fetchHistory();
  const last = events?.findLast(({ workflowTaskCompletedEventAttributes: task }) => task != null);
  return await resetTo(lane, handle, Number(last?.eventId));
}

async function resetTo({ worker: { client } }: FleetLane, handle: WorkflowHandle, eventId: number) {
  const { workflowId, runId } = await handle.describe();
  const { runId: next } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    workflowTaskFinishEventId: { low: eventId, high: 0, unsigned: false, toNumber: () => eventId } as never,
    requestId: randomUUID(),
  });
  return client.workflow.getHandle(workflowId, next);
}
