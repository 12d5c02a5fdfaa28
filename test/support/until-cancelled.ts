import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from './eventually.js';

/**
 * Waits until a request to cancel stands in the history of a workflow. A parent's request to cancel its child is on its
 * way for a while; once it has arrived, the child sees it before anything that happens later.
 */
export async function untilCancelled(handle: WorkflowHandle): Promise<void> {
  await eventually(`${handle.workflowId} is to be cancelled`, async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).some(({ workflowExecutionCancelRequestedEventAttributes: asked }) => asked != null);
  });
}
