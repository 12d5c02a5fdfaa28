import { ApplicationFailure, TimeoutFailure, type WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type * as z from 'zod';
import { isFailureType } from '../../contracts/failures.js';
import { Failure } from '../../contracts/rebuild-result.js';
import { callTemporal, type ClientContext, type Closing, closingOf, quiet } from './context.js';
import { failureOf, toReimageError } from './errors.js';
import { giveUpUnlessTaken, isGivenUp, whyNoAnswer, workersOf } from './why-no-answer.js';

/** How long a worker may take to take a question up before we say that there is none. */
export const DEFAULT_WORKER_TIMEOUT_MS = 10_000;

/** A short workflow whose result is waited for. */
export interface Question<Answer extends z.ZodType> {
  readonly workflow: string;
  readonly workflowId: string;
  /** Absent: it takes none. */
  readonly input?: object;
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

const NOBODY_WAITS = 'nobody waits for the answer any more';

/** Longest that a question that nobody waits for any more is seen to its end. */
const LET_GO_WITHIN_MS = 3_000;

/**
 * Starts a short workflow and waits for its answer, and tells why it does not come. Needs a worker.
 * @throws ReimageError of the type that the workflow failed with, `PayloadUnreadable` where the workers cannot decrypt the
 * question · ReimageUnreachableError (also: no worker) · the reason of the context's signal
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
      args: input === undefined ? [] : [input],
      workflowExecutionTimeout: timeoutMs,
      staticSummary: summary.slice(0, 120),
    }),
  );
  const answered = new AbortController();
  // What is looked up meanwhile tells nothing of its own, and ends with the answer.
  const aside = { ...quiet(context), signal: answered.signal };
  let givenUpAfterMs: number | null = workerTimeoutMs;
  const willWait = (forMs: number | null) => void (givenUpAfterMs = forMs);
  const giveUp = giveUpUnlessTaken(aside, handle, { timeoutMs: workerTimeoutMs, willWait });
  try {
    const lastError = () => whyNoAnswer(aside, handle);
    const waitFor = {
      what: `a worker's answer (${summary})`,
      forMs: () => givenUpAfterMs ?? question.deadlineMs,
      lastError,
    };
    const closing = callTemporal(context, () => closingOf(handle), timeoutMs + GRACE_MS, waitFor);
    closing.catch(() => undefined);
    const ended = (await Promise.race([closing, giveUp])) ?? (await closing);
    // The server tells the end of a question that was given up before that is thrown.
    if (isGivenUp(ended)) await giveUp;
    return answerOf(question, ended, context);
  } catch (error) {
    if (context.signal?.aborted === true) letGo(context, handle);
    throw error;
  } finally {
    answered.abort();
  }
}

/** Ends a question that nobody waits for any more, where the server can be reached; else its own deadline does. */
function letGo({ client }: ClientContext, handle: WorkflowHandle): void {
  const ending = client.withDeadline(Date.now() + LET_GO_WITHIN_MS, () => handle.terminate(NOBODY_WAITS));
  ending.catch(() => undefined);
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
  if (cause instanceof TimeoutFailure) return workerLost(context);
  if (!(cause instanceof ApplicationFailure)) {
    return toReimageError(failureOf('Unexpected', cause?.message ?? error.message), { cause: error });
  }
  const told = Failure.safeParse(cause.details?.[0]);
  if (told.success) return toReimageError(told.data, { cause: error });
  const type = isFailureType(cause.type) ? cause.type : 'Unexpected';
  return toReimageError(failureOf(type, cause.message), { cause: error });
}

/** A worker took the question up, and none ended it: nobody here knows how far it came. */
function workerLost(context: ClientContext) {
  return toReimageError(failureOf('NoWorker', `No worker on ${workersOf(context)} came to an end in time.`));
}
