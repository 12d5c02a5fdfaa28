import { Worker } from '@temporalio/worker';
import type { temporal } from '@temporalio/proto';
import { testWorkflows } from '../support/workflow-bundle.js';

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
  const histories = runs.map((run) => ({ workflowId: run.workflowId, history: underItsOwnRunId(run) }));
  for await (const { workflowId, error } of Worker.runReplayHistories(await testWorkflows(), histories))
    if (error !== undefined) refusals.set(workflowId, error.message);
  return refusals;
}

/**
 * A reset leaves in a history's first event the id of the run that it has taken the place of, and the replayer takes that
 * for the run's own. The server gives a worker the right one.
 */
function underItsOwnRunId({ runId, history }: FinishedRun): FinishedRun['history'] {
  const [started, ...rest] = history.events ?? [];
  const attributes = started?.workflowExecutionStartedEventAttributes;
  if (!attributes) throw new Error('A history without a beginning.');
  const own = { ...attributes, originalExecutionRunId: runId };
  return { events: [{ ...started, workflowExecutionStartedEventAttributes: own }, ...rest] };
}
