import { WorkflowNotFoundError } from '@temporalio/client';
import { rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { PROGRESS_QUERY } from '../contracts/names.js';
import { RebuildProgress } from '../contracts/rebuild-progress.js';
import { taskFailureText } from '../contracts/task-failure.js';
import { type Unreadable, unreadableText } from '../contracts/unreadable.js';
import { describeRun as describe, lenientConverterOf, type RunDescription } from '../temporal/read-runs.js';
import { readTaskFailure } from '../temporal/task-failure.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { readLiveFacts } from './live-facts.js';
import type { Operation } from './operation.js';
import { operationFromInfo } from './operation-from-info.js';
import { closingOrUnreadable } from './closing.js';
import { resultOf } from './read-result.js';
import { failureOf, type ReimageError, toReimageError } from './reimage-errors.js';
import { unreadableOf } from './temporal-errors.js';
import { whyNoQuery } from './why-no-answer.js';

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
