import {
  ApplicationFailure,
  CancelledFailure,
  type WorkflowExecutionStatusName,
  type WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { isFailureType } from '../../contracts/failures.js';
import { rebuildWorkflowId, type VmRef } from '../../contracts/ids.js';
import { MEMO, PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { type Failure, RebuildResult } from '../../contracts/rebuild-result.js';
import { taskFailureText, type Unreadable, unreadableText } from '../../contracts/task-failure.js';
import { describeRun as describe, lenientConverterOf, type RunDescription } from '../../temporal/namespace/runs.js';
import { readTaskFailure } from '../../temporal/namespace/task-failure.js';
import { callTemporal, type ClientContext, type Closing, closingOrUnreadable } from '../connection/context.js';
import { failureOf, type ReimageError, toReimageError } from '../connection/errors.js';
import { readLiveFacts } from '../connection/live-facts.js';
import { unreadableOf } from '../connection/temporal-errors.js';
import { whyNoQuery } from '../connection/why-no-answer.js';
import { type Operation, operationFromInfo, type RunInfo } from './operation.js';

/** A query needs a worker; nobody wants to wait long for one that is not there. */
const QUERY_TIMEOUT_MS = 5_000;

/** One run of a VM's rebuild; without `runId` the latest. */
export interface RunOfVm extends VmRef {
  readonly runId?: string;
}

/**
 * Reads one rebuild whole: with progress while it runs, with its result when it has ended. What cannot be decrypted here
 * is null, and `unreadable` says why.
 * @throws ReimageNotFoundError when the namespace knows of none · ReimageUnreachableError
 */
export async function readOperation(context: ClientContext, run: RunOfVm): Promise<Operation> {
  const description = await describeRun(context, run);
  const operation = operationOf(context, description);
  if (operation.status === 'running') {
    const known = await readProgress(context, description);
    const { progress } = known;
    const backupImageId = progress?.backupImageId ?? operation.backupImageId;
    return { ...operation, ...known, phase: progress?.phase ?? operation.phase, backupImageId };
  }
  const handle = context.client.workflow.getHandle(description.workflowId, description.runId, { followRuns: false });
  const closing = await closingOrUnreadable(context, handle);
  if ('unreadable' in closing) return withoutResult(operation, closing.unreadable);
  try {
    return { ...operation, result: resultOf(description, closing, context) };
  } catch (error) {
    const unreadable = unreadableOf(error);
    if (unreadable === null) throw error;
    return withoutResult(operation, unreadable);
  }
}

/** What stands in clear tells how it ended; what it has done to the VM stands in the result. */
function withoutResult(operation: Operation, why: Unreadable): Operation {
  const unreadable = operation.unreadable ?? why;
  return { ...operation, unreadable, note: `its result is ${unreadableText(unreadable)}` };
}

/** Reads who runs a VM's rebuild, without asking a worker. */
export async function readHead(context: ClientContext, run: RunOfVm): Promise<Operation> {
  return operationOf(context, await describeRun(context, run));
}

/** Temporal's description of one run. @throws ReimageNotFoundError · ReimageUnreachableError */
export async function describeRun(context: ClientContext, run: RunOfVm): Promise<RunDescription> {
  return await callTemporal(context, async () => {
    try {
      return await describe(context.client, rebuildWorkflowId(run), run.runId);
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? notFound(run, context) : error;
    }
  });
}

function notFound({ regionId, instanceId }: VmRef, { client }: ClientContext): ReimageError {
  const message = `Namespace ${client.options.namespace} knows of no rebuild of ${instanceId} in ${regionId}.`;
  return toReimageError(failureOf('OperationNotFound', message));
}

function operationOf(context: ClientContext, description: RunDescription): Operation {
  const operation = operationFromInfo(description, context);
  if (operation !== null) return operation;
  throw toReimageError(failureOf('Unexpected', `${description.workflowId} is no rebuild.`));
}

/** A run whose workflow task fails cannot be asked. */
async function readProgress(
  context: ClientContext,
  description: RunDescription,
): Promise<Pick<Operation, 'progress' | 'note' | 'taskFailure'>> {
  const { workflowId, runId, raw } = description;
  const handle = context.client.workflow.getHandle(workflowId, runId);
  const taskFailure = await callTemporal(context, () => readTaskFailure(context.client, description));
  if (taskFailure !== null) return { progress: null, taskFailure, note: taskFailureText(taskFailure) };
  try {
    const what = `a worker (to tell where ${workflowId} is)`;
    const answer = await callTemporal(context, () => handle.query(PROGRESS_QUERY), QUERY_TIMEOUT_MS, { what });
    const facts = await readLiveFacts(raw.pendingActivities, lenientConverterOf(context.client));
    return { progress: { ...RebuildProgress.parse(answer), ...facts }, note: null };
  } catch (error) {
    context.signal?.throwIfAborted();
    return { progress: null, note: await whyNoQuery(context, description, PROGRESS_QUERY, error) };
  }
}

/**
 * The result of a closed run: what the workflow returned, threw or left in its memo. A run that ended
 * without a word (terminated, timed out, reset) gets a result that says so and claims nothing of the VM.
 * @throws ReimageError `Unexpected` when a finished run holds something that is no result, `Unreadable` when what it left
 * in its memo cannot be decrypted here
 */
export function resultOf(description: RunDescription, closing: Closing, context: ClientContext): RebuildResult {
  const left = RebuildResult.safeParse(leftBehind(description, closing));
  if (left.success) return left.data;
  if ('value' in closing) {
    const message = `${description.workflowId} ended with something that this version of Reimage cannot read.`;
    throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
  }
  const { unreadable } = description;
  if (unreadable !== null && closing.error.cause instanceof CancelledFailure) {
    throw toReimageError(failureOf('Unreadable', unreadable.message));
  }
  return resultWithoutWord(description, closing.error, context);
}

function leftBehind({ memo }: RunInfo, closing: Closing): unknown {
  if ('value' in closing) return closing.value;
  const { cause } = closing.error;
  if (cause instanceof ApplicationFailure) return cause.details?.[0];
  return cause instanceof CancelledFailure ? memo?.[MEMO.result] : undefined;
}

function resultWithoutWord(info: RunInfo, error: WorkflowFailedError, context: ClientContext): RebuildResult {
  const operation = operationFromInfo(info, context);
  if (operation === null) throw toReimageError(failureOf('Unexpected', `${info.workflowId} is no rebuild.`));
  const { operationId, regionId, instanceId, requestedBy, reason, startedAt, finishedAt } = operation;
  return {
    outcome: operation.status === 'cancelled' ? 'cancelled' : 'failed',
    operationId,
    regionId,
    instanceId,
    requestedBy,
    reason,
    imageBefore: null,
    imageAfter: null,
    power: { before: null, after: null },
    startedAt,
    finishedAt: finishedAt ?? startedAt,
    timeline: [],
    attempts: {},
    apiCalls: [],
    warnings: [],
    failure: failureWithoutWord(info.status.name, error),
  };
}

const LOOK = 'Look at the VM in the console before any repeat: nothing tells what was done to it.';

function failureWithoutWord(status: WorkflowExecutionStatusName, { cause, message }: WorkflowFailedError): Failure {
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
    return failureOf(cause.type, cause.message);
  }
  if (status === 'CANCELLED') {
    return failureOf('Cancelled', 'The run was cancelled and left no result behind.', LOOK);
  }
  return failureOf('Unexpected', `Temporal ended the run as ${status}: ${cause?.message ?? message}`, LOOK);
}
