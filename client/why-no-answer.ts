import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { taskFailureText } from '../contracts/task-failure.js';
import { unreadableText } from '../contracts/unreadable.js';
import { type Poller, pollersText, readPollers } from '../temporal/pollers.js';
import { describeRun, lenientConverterOf, type RunDescription } from '../temporal/read-runs.js';
import { readQueryFailure, readTaskFailure } from '../temporal/task-failure.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { readLiveFacts } from './live-facts.js';
import { unreadableOf } from './temporal-errors.js';

type PendingActivity = NonNullable<RunDescription['raw']['pendingActivities']>[number];

const STARTED = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
const SCHEDULED = proto.temporal.api.enums.v1.PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED;

/** Events of a workflow that no worker has taken up: started, task scheduled. */
const UNTOUCHED_EVENTS = 2;

/** Whether no worker has taken a workflow up that was just started. */
export function isUntouched({ status, historyLength }: RunDescription): boolean {
  return status.name === 'RUNNING' && historyLength <= UNTOUCHED_EVENTS;
}

/**
 * Why a workflow gives no answer yet: its workflow task fails, its activity does, or no worker takes it up. Null: nothing
 * is wrong that anybody knows of.
 * @throws ReimageError when the server cannot be asked
 */
export async function whyNoAnswer(context: ClientContext, handle: WorkflowHandle): Promise<string | null> {
  const description = await callTemporal(context, () => describeRun(context.client, handle.workflowId));
  const { pendingActivities, pendingWorkflowTask } = description.raw;
  const failing = await callTemporal(context, () => readTaskFailure(context.client, description));
  if (failing !== null) return taskFailureText(failing);
  if (isUntouched(description) || pendingWorkflowTask?.state === SCHEDULED) return await whoPolls(context);
  const {
    lastError,
    lastAnswer,
    attempts = 1,
  } = await readLiveFacts(pendingActivities, lenientConverterOf(context.client));
  if (lastError != null) return `attempt ${attempts}; the last error: ${lastError}`;
  const running = pendingActivities?.find(({ state }) => state === STARTED);
  if (running !== undefined) return lastAnswer == null ? runningText(running) : `attempt ${attempts}: ${lastAnswer}`;
  const pollers = await readWhoPolls(context);
  return pollers.length === 0 ? pollersText(pollers, context.taskQueue) : null;
}

/** What a worker is at that has not said anything yet: the cloud may not answer it, or it may hang. */
function runningText({ activityType, attempt, lastWorkerIdentity, lastStartedTime }: PendingActivity): string {
  const since = new Date(Number(lastStartedTime?.seconds ?? 0) * 1000).toISOString();
  return `attempt ${attempt} of ${activityType?.name ?? 'its step'} runs since ${since} on ${lastWorkerIdentity || 'a worker'}, and nothing has failed yet`;
}

/**
 * Why a query has brought nothing, in one line.
 * @param run - that was asked
 * @param error - by which the query ended
 */
export async function whyNoQuery(
  context: ClientContext,
  run: { readonly workflowId: string; readonly runId: string },
  queryType: string,
  error: unknown,
): Promise<string> {
  const unreadable = unreadableOf(error);
  if (unreadable !== null) return `what the worker answered is ${unreadableText(unreadable)}`;
  const said = error instanceof Error ? error.message : String(error);
  const why = `no worker answered: ${said}`;
  try {
    if (/encoded failure/i.test(said)) {
      const decoded = await callTemporal(context, () => readQueryFailure(context.client, run, queryType));
      return decoded === null ? why : `no worker answered: ${decoded}`;
    }
    const pollers = await readWhoPolls(context);
    return pollers.length === 0 ? `${why.replace(/\.$/, '')}; ${await whoPolls(context)}` : why;
  } catch {
    return why;
  }
}

/** Who polls the task queue, where nobody takes work up. @throws ReimageError when the server cannot be asked */
export async function whoPolls(context: ClientContext): Promise<string> {
  return pollersText(await readWhoPolls(context), context.taskQueue);
}

async function readWhoPolls(context: ClientContext): Promise<Poller[]> {
  const { client, taskQueue } = context;
  return await callTemporal(context, () => readPollers(client.workflowService, client.options.namespace, taskQueue));
}
