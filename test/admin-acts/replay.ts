import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { testWorkflows } from '../fixtures/workflow-bundle.js';

/** A run that is over. */
export interface FinishedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/**
 * Replays finished runs from their first events.
 * @returns why one is refused, by its workflow id
 */
export async function refusedReplays(runs: readonly FinishedRun[]): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  for await (const { workflowId, error } of Worker.runReplayHistories(await testWorkflows(), runs))
    if (error !== undefined) refusals.set(workflowId, error.message);
  return refusals;
}
