import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { describeRunOrNull, type RunDescription } from './read-runs.js';

/** Looks at a workflow that continues as new at that very moment: the server may show the run that it has left. */
const TRIES = 5;

/**
 * The latest run of a workflow, by the server's own state; null where it knows of none. A run that the workflow has left
 * by continuing as new is not its end: what is told is the run after it.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function describeLatest(client: Client, workflowId: string): Promise<RunDescription | null> {
  let found = await describeRunOrNull(client, workflowId);
  for (let tries = 1; tries < TRIES && found?.status.name === 'CONTINUED_AS_NEW'; tries += 1)
    found = await describeRunOrNull(client, workflowId);
  return found;
}

/** Whether a workflow has ended. One whose latest run is shown as left has not: it goes on in the next. */
export function hasEnded({ closeTime, status }: WorkflowExecutionDescription): boolean {
  return closeTime !== undefined && status.name !== 'CONTINUED_AS_NEW';
}

/** The first of the runs in which a workflow has continued as new; on servers that do not say, this one. */
export function firstRunIdOf({ runId, raw }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}
