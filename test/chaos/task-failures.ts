import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { WorkflowTaskFailedCause } = proto.temporal.api.enums.v1;

/**
 * No fault of anybody's: the server itself repeats a task that was to end the workflow when something arrived meanwhile,
 * and writes so into a history where it was reset.
 */
const HARMLESS: readonly unknown[] = [
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
];

/** Every workflow task of the run that failed, as `cause: message`: bugs and non-determinism show here. A task lost with its worker does not. */
export async function taskFailures(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => {
    if (failed == null || HARMLESS.includes(failed.cause)) return [];
    return [`${WorkflowTaskFailedCause[failed.cause ?? 0]}: ${failed.failure?.message ?? ''}`];
  });
}
