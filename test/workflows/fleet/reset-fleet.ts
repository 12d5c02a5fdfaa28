import type { WorkflowHandle } from '@temporalio/client';
import { resetRun } from '../../fixtures/reset-run.js';
import type { FleetLane } from './fleet-lane.js';

/** Sets a workflow back to its beginning, as an operator may. */
export async function resetToFirstTask({ worker }: FleetLane, handle: WorkflowHandle): Promise<WorkflowHandle> {
  return await resetRun(worker.client, await handle.describe(), 'first');
}

/** Sets a workflow back to the last task that it has done. */
export async function resetToLastTask({ worker }: FleetLane, handle: WorkflowHandle): Promise<WorkflowHandle> {
  return await resetRun(worker.client, await handle.describe(), 'last');
}
