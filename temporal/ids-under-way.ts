import type { Client } from '@temporalio/client';

/** One run that is under way. */
export interface RunUnderWay {
  readonly workflowId: string;
  readonly runId: string;
}

const PAGE_SIZE = 1000;

/**
 * The runs under way that a filter of Temporal's index finds, which lags by a moment: hints, of which each is to be
 * confirmed. Nothing of them is decrypted.
 * @param ask - bounds the question for each page in time
 * @throws what the client throws when the namespace cannot be asked
 */
export async function idsUnderWay(
  client: Client,
  filter: string,
  ask: <T>(question: () => Promise<T>) => Promise<T>,
): Promise<RunUnderWay[]> {
  const { namespace } = client.options;
  const query = `${filter} AND ExecutionStatus = 'Running'`;
  const found: RunUnderWay[] = [];
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = { namespace, query, pageSize: PAGE_SIZE, ...(nextPageToken && { nextPageToken }) };
    const answer = await ask(() => client.workflowService.listWorkflowExecutions(page));
    for (const { execution } of answer.executions) {
      if (execution?.workflowId && execution.runId)
        found.push({ workflowId: execution.workflowId, runId: execution.runId });
    }
    nextPageToken = answer.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0);
  return found;
}
