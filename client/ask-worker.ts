import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type * as z from 'zod';
import { isFailureType } from '../contracts/failures.js';
import { Failure } from '../contracts/rebuild-result.js';
import { describeRun } from '../temporal/read-runs.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { closingOf, type Closing } from './read-result.js';
import { failureOf, toReimageError } from './reimage-errors.js';

/** How long a worker may take to take a question up before we say that there is none. */
export const DEFAULT_WORKER_TIMEOUT_MS = 10_000;

/** A short workflow whose result is waited for. */
export interface Question<Answer extends z.ZodType> {
  readonly workflow: string;
  readonly workflowId: string;
  readonly input: object;
  /** How long the workflow itself takes at most. */
  readonly deadlineMs: number;
  /** One line for Temporal's UI. */
  readonly summary: string;
  readonly answer: Answer;
  /** After which a question that no worker has taken up is given up. @default 10000 */
  readonly workerTimeoutMs?: number | undefined;
}

/** Beyond the deadline of the workflow: for the worker to say that it has passed. */
const GRACE_MS = 30_000;

/** Events of a workflow that no worker has taken up: started, task scheduled. */
const UNTOUCHED_EVENTS = 2;

const NOT_TAKEN = 'no worker took it up';

/**
 * Starts a short workflow and waits for its answer. Needs a worker.
 * @throws ReimageError of the type that the workflow failed with · ReimageUnreachableError (also: no worker)
 */
export async function askWorker<Answer extends z.ZodType>(
  context: ClientContext,
  question: Question<Answer>,
): Promise<z.output<Answer>> {
  const { workflow, workflowId, input, summary, workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS } = question;
  const timeoutMs = question.deadlineMs + GRACE_MS;
  const handle = await callTemporal(context, () =>
    context.client.workflow.start(workflow, {
      workflowId,
      taskQueue: context.taskQueue,
      args: [input],
      workflowExecutionTimeout: timeoutMs,
      staticSummary: summary.slice(0, 120),
    }),
  );
  const answered = new AbortController();
  const giveUp = giveUpUnlessTaken(context, handle, workerTimeoutMs, answered.signal);
  try {
    const closing = callTemporal(context, () => closingOf(handle), timeoutMs + GRACE_MS);
    return answerOf(question, (await Promise.race([closing, giveUp])) ?? (await closing), context);
  } finally {
    answered.abort();
  }
}

/** Resolves to null once a worker has taken the question up, and throws when none has in time. */
async function giveUpUnlessTaken(
  context: ClientContext,
  handle: WorkflowHandle,
  timeoutMs: number,
  answered: AbortSignal,
): Promise<null> {
  await sleep(timeoutMs, undefined, { signal: answered }).catch(() => undefined);
  if (answered.aborted) return null;
  const { historyLength, status } = await callTemporal(context, () => describeRun(context.client, handle.workflowId));
  if (status.name !== 'RUNNING' || historyLength > UNTOUCHED_EVENTS) return null;
  await callTemporal(context, () => handle.terminate(NOT_TAKEN));
  throw noWorker(context);
}

function answerOf<Answer extends z.ZodType>(
  { answer, workflow }: Question<Answer>,
  closing: Closing,
  context: ClientContext,
): z.output<Answer> {
  if ('error' in closing) throw errorOf(closing.error, context);
  const parsed = answer.safeParse(closing.value);
  if (parsed.success) return parsed.data;
  const message = `The worker's answer to ${workflow} is one that this version of Reimage cannot read.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}

function errorOf(error: WorkflowFailedError, context: ClientContext) {
  const { cause } = error;
  if (cause instanceof TerminatedFailure && cause.message === NOT_TAKEN) return noWorker(context);
  if (cause instanceof TimeoutFailure) return workerLost(context);
  if (!(cause instanceof ApplicationFailure)) {
    return toReimageError(failureOf('Unexpected', cause?.message ?? error.message), { cause: error });
  }
  const told = Failure.safeParse(cause.details?.[0]);
  if (told.success) return toReimageError(told.data, { cause: error });
  const type = isFailureType(cause.type) ? cause.type : 'Unexpected';
  return toReimageError(failureOf(type, cause.message), { cause: error });
}

function noWorker(context: ClientContext) {
  return toReimageError(failureOf('NoWorker', `No worker answered on ${whereOf(context)}. Nothing was touched.`));
}

/** A worker took the question up, and none ended it: nobody here knows how far it came. */
function workerLost(context: ClientContext) {
  return toReimageError(failureOf('NoWorker', `No worker on ${whereOf(context)} came to an end in time.`));
}

function whereOf({ taskQueue, client }: ClientContext): string {
  return `task queue ${taskQueue} of namespace ${client.options.namespace}`;
}
