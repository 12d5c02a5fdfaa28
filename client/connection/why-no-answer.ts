import { setTimeout as sleep } from 'node:timers/promises';
import { TerminatedFailure, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { type TaskFailure, taskFailureText, unreadableText } from '../../contracts/task-failure.js';
import { lastPolls, readKeyRecord } from '../../temporal/encryption/key-record.js';
import { describeRun, lenientConverterOf, type RunDescription } from '../../temporal/namespace/runs.js';
import { readQueryFailure, readTaskFailure } from '../../temporal/namespace/task-failure.js';
import { type Poller, pollersText, readPollers } from '../../temporal/pollers.js';
import { callTemporal, type ClientContext, type Closing, currentKeyOrNull } from './context.js';
import { failureOf, type ReimageError, toReimageError } from './errors.js';
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

const NOT_TAKEN = 'no worker took it up';

/** Events up to the first task's end: started, task scheduled, task started, task failed. */
const EVENTS_BEFORE_A_STEP = 4;

const LOOK_EVERY_MS = 500;

/** A worker that takes a task up and falls silent is waited for so many times as long as one that takes none. */
const SILENT_FACTOR = 3;

/** How SDK and codec word it that a worker cannot decrypt what it was handed. */
const UNREADABLE = /unknown encoding|REIMAGE_CODEC_KEYS lacks|does not decrypt/i;

/**
 * Sees to it that a question is taken up: resolves to null once a worker has made its first step, or nobody waits any
 * more, and throws when none does in time, or none of those that poll can decrypt it. The question is then ended.
 * @param timeoutMs - how long a worker may take to take it up
 * @param willWait - hears for how long it is waited as things are, from the beginning; null: as long as the question lasts
 * @throws ReimageUnreachableError `NoWorker` · ReimageError `PayloadUnreadable`
 */
export async function giveUpUnlessTaken(
  context: ClientContext,
  handle: WorkflowHandle,
  { timeoutMs, willWait }: { readonly timeoutMs: number; readonly willWait: (forMs: number | null) => void },
): Promise<null> {
  const began = performance.now();
  for (;;) {
    const waited = performance.now() - began;
    const description = await callTemporal(context, () => describeRun(context.client, handle.workflowId));
    if (description.status.name !== 'RUNNING' || description.historyLength > EVENTS_BEFORE_A_STEP) {
      willWait(null);
      return null;
    }
    const failing = await callTemporal(context, () => readTaskFailure(context.client, description));
    if (isUntouched(description)) willWait(timeoutMs);
    else willWait(failing === null ? null : timeoutMs * SILENT_FACTOR);
    const why = await whyInVain(context, failing, isUntouched(description), waited / timeoutMs);
    if (why !== null) {
      await callTemporal(context, () => handle.terminate(NOT_TAKEN));
      throw why;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
    if (context.signal?.aborted === true) return null;
  }
}

/** The error of a question that is waited for in vain; null for one that may still be answered. @param times - of the time that a worker has, which have passed */
async function whyInVain(
  context: ClientContext,
  failing: TaskFailure | null,
  untouched: boolean,
  times: number,
): Promise<ReimageError | null> {
  if (failing !== null && UNREADABLE.test(failing.cause) && !(await isReadBySome(context))) {
    const message = `No worker on ${workersOf(context)} can decrypt what it is asked: ${failing.cause.replace(/\.$/, '')}. Nothing was touched.`;
    return toReimageError(failureOf('PayloadUnreadable', message));
  }
  if (untouched && times >= 1) return noWorker(context, await whoPolls(context));
  if (failing !== null && times >= SILENT_FACTOR) return noWorker(context, taskFailureText(failing));
  return null;
}

/** Whether a worker that polls has said that it has the key by which we encrypt: another one then fails the task, and that one will take it. */
async function isReadBySome(context: ClientContext): Promise<boolean> {
  const { client, taskQueue } = context;
  const keyId = await currentKeyOrNull(context);
  if (keyId === null) return true;
  const of = { service: client.workflowService, namespace: client.options.namespace, taskQueue };
  return await callTemporal(context, async () => {
    const polling = await lastPolls(of);
    const uses = await readKeyRecord(of);
    return uses.some(({ worker }) => worker !== null && polling.has(worker.identity) && worker.reads.includes(keyId));
  });
}

function noWorker(context: ClientContext, why: string): ReimageError {
  const message = `No worker answered on ${workersOf(context)}: ${why}. Nothing was touched.`;
  return toReimageError(failureOf('NoWorker', message));
}

/** Whether a question has ended by being given up. */
export function isGivenUp(closing: Closing): boolean {
  return (
    'error' in closing && closing.error.cause instanceof TerminatedFailure && closing.error.cause.message === NOT_TAKEN
  );
}

/** Where workers are expected, in words. */
export function workersOf({ taskQueue, client }: ClientContext): string {
  return `task queue ${taskQueue} of namespace ${client.options.namespace}`;
}
