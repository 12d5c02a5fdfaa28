import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { isFailureType } from '../contracts/failures.js';
import { planWorkflowId } from '../contracts/ids.js';
import { WORKFLOW } from '../contracts/names.js';
import { RebuildPlan } from '../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../contracts/rebuild-request.js';
import { Failure } from '../contracts/rebuild-result.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { closingOf, type Closing } from './read-result.js';
import { failureOf, toReimageError } from './reimage-errors.js';

/** How long a worker may take to take the plan up before we say that there is none. */
export const DEFAULT_WORKER_TIMEOUT_MS = 10_000;

/** Beyond the deadline of the validation itself: for the worker to say that it has passed. */
const GRACE_MS = 30_000;

/** Events of a workflow that no worker has taken up: started, task scheduled. */
const UNTOUCHED_EVENTS = 2;

const NOT_TAKEN = 'no worker took it up';

/**
 * Validates a rebuild and tells what it would do; nothing is touched. Misfits stand in the plan and are no error.
 * @param workerTimeoutMs - after which a plan that no worker has taken up is given up
 * @throws ReimageNotFoundError when there is no such VM · ReimageUnreachableError (also: no worker) · ReimageError
 */
export async function planRebuild(
  context: ClientContext,
  request: RebuildRequest,
  workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS,
): Promise<RebuildPlan> {
  const timeoutMs = request.deadlines.validatingSeconds * 1000 + GRACE_MS;
  const handle = await callTemporal(context, () =>
    context.client.workflow.start(WORKFLOW.planRebuild, {
      workflowId: planWorkflowId(request, randomUUID()),
      taskQueue: context.taskQueue,
      args: [request],
      workflowExecutionTimeout: timeoutMs,
      staticSummary: `plan the rebuild of ${request.instanceId}; touches nothing`.slice(0, 120),
    }),
  );
  const answered = new AbortController();
  const giveUp = giveUpUnlessTaken(context, handle, workerTimeoutMs, answered.signal);
  try {
    const closing = callTemporal(context, () => closingOf(handle), timeoutMs + GRACE_MS);
    return planOf((await Promise.race([closing, giveUp])) ?? (await closing), context);
  } finally {
    answered.abort();
  }
}

/** Resolves to null once a worker has taken the plan up, and throws when none has in time. */
async function giveUpUnlessTaken(
  context: ClientContext,
  handle: WorkflowHandle,
  timeoutMs: number,
  answered: AbortSignal,
): Promise<null> {
  await sleep(timeoutMs, undefined, { signal: answered }).catch(() => undefined);
  if (answered.aborted) return null;
  const { historyLength, status } = await callTemporal(context, () => handle.describe());
  if (status.name !== 'RUNNING' || historyLength > UNTOUCHED_EVENTS) return null;
  await callTemporal(context, () => handle.terminate(NOT_TAKEN));
  throw noWorker(context);
}

function planOf(closing: Closing, context: ClientContext): RebuildPlan {
  if ('error' in closing) throw planError(closing.error, context);
  const plan = RebuildPlan.safeParse(closing.value);
  if (plan.success) return plan.data;
  const message = 'The worker answered a plan that this version of Reimage cannot read.';
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}

function planError(error: WorkflowFailedError, context: ClientContext) {
  const { cause } = error;
  const isNotTaken = cause instanceof TerminatedFailure && cause.message === NOT_TAKEN;
  if (isNotTaken || cause instanceof TimeoutFailure) return noWorker(context);
  if (!(cause instanceof ApplicationFailure)) {
    return toReimageError(failureOf('Unexpected', cause?.message ?? error.message), { cause: error });
  }
  const told = Failure.safeParse(cause.details?.[0]);
  if (told.success) return toReimageError(told.data, { cause: error });
  const type = isFailureType(cause.type) ? cause.type : 'Unexpected';
  return toReimageError(failureOf(type, cause.message), { cause: error });
}

function noWorker({ taskQueue, client }: ClientContext) {
  const message = `No worker answered on task queue ${taskQueue} of namespace ${client.options.namespace}. Nothing was touched.`;
  return toReimageError(failureOf('NoWorker', message));
}
