import type { Context } from '@temporalio/activity';
import type { FailureType } from '../contracts/failures.js';

/** How an attempt ends whose input, or whose note of the attempt before, the worker could not decode: before any code of ours. */
const UNREADABLE: FailureType = 'PayloadUnreadable';

/** Longest that the answer may take. */
const ANSWER_WITHIN_MS = 4_000;

/**
 * Whether the attempt before this one ended before any code of ours ran, by the word of the server. False also where
 * nobody can tell.
 */
export async function attemptBeforeNeverRan({ client, info }: Pick<Context, 'client' | 'info'>): Promise<boolean> {
  const { activityId, workflowExecution: execution, namespace } = info;
  // Where an operator has it counted from 1 again, there may have been others before.
  if (execution === undefined || info.attempt === 1) return false;
  try {
    const asked = { namespace, execution };
    const { pendingActivities } = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      client.workflowService.describeWorkflowExecution(asked),
    );
    const own = pendingActivities.find((activity) => activity.activityId === activityId);
    return own?.attempt === info.attempt && own.lastFailure?.applicationFailureInfo?.type === UNREADABLE;
  } catch {
    return false;
  }
}
