import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { ResetWorkflowExecutionRequest } = proto.temporal.api.workflowservice.v1;

/** started, task scheduled, task started, task completed */
const FIRST_TASK_COMPLETED = 4;

/** A run as an administrator names it. */
export interface RunRef {
  readonly workflowId: string;
  readonly runId: string;
}

/** To which task a run is reset: the first, the last that it has done, or the one that has asked for an activity. */
export type ResetPoint = 'first' | 'last' | { readonly before: string };

/** Sets a run back, as `temporal workflow reset` does. @returns the run that takes its place */
export async function resetRun(client: Client, { workflowId, runId }: RunRef, to: ResetPoint): Promise<WorkflowHandle> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const asked = ResetWorkflowExecutionRequest.fromObject({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'an administrator',
    requestId: randomUUID(),
    workflowTaskFinishEventId: to === 'first' ? FIRST_TASK_COMPLETED : await taskAt(handle, to),
  });
  const { runId: next } = await client.workflowService.resetWorkflowExecution(asked);
  return client.workflow.getHandle(workflowId, next);
}

async function taskAt(handle: WorkflowHandle, to: Exclude<ResetPoint, 'first'>): Promise<number> {
  const events = (await handle.fetchHistory()).events ?? [];
  const found =
    to === 'last'
      ? events.findLast(({ workflowTaskCompletedEventAttributes: task }) => task != null)?.eventId
      : events.find(({ activityTaskScheduledEventAttributes: asked }) => asked?.activityType?.name === to.before)
          ?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId;
  if (found == null) throw new Error(`The run has no task ${JSON.stringify(to)}.`);
  return Number(found);
}
