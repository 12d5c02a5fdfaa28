import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { PROGRESS_QUERY } from '../contracts/names.js';
import { RebuildProgress } from '../contracts/rebuild-progress.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { readLiveFacts } from './live-facts.js';
import type { Operation } from './operation.js';
import { operationFromInfo } from './operation-from-info.js';
import { closingOf, resultOf } from './read-result.js';
import { failureOf, toReimageError, type ReimageError } from './reimage-errors.js';

/** A query needs a worker; nobody wants to wait long for one that is not there. */
const QUERY_TIMEOUT_MS = 5_000;

/** One run of a VM's rebuild; without `runId` the latest. */
export interface RunOfVm extends VmRef {
  readonly runId?: string;
}

/**
 * Reads one rebuild whole: with progress while it runs, with its result when it has ended.
 * @throws ReimageNotFoundError when the namespace knows of none · ReimageUnreachableError
 */
export async function readOperation(context: ClientContext, run: RunOfVm): Promise<Operation> {
  const description = await describeRun(context, run);
  const operation = operationOf(context, description);
  if (operation.status === 'running') {
    const { progress, note } = await readProgress(context, description);
    const backupImageId = progress?.backupImageId ?? operation.backupImageId;
    return { ...operation, progress, note, phase: progress?.phase ?? operation.phase, backupImageId };
  }
  const handle = context.client.workflow.getHandle(description.workflowId, description.runId, { followRuns: false });
  const closing = await callTemporal(context, () => closingOf(handle));
  return { ...operation, result: resultOf(description, closing, context) };
}

/** Reads who runs a VM's rebuild, without asking a worker. */
export async function readHead(context: ClientContext, run: RunOfVm): Promise<Operation> {
  return operationOf(context, await describeRun(context, run));
}

/** Temporal's description of one run. @throws ReimageNotFoundError · ReimageUnreachableError */
export async function describeRun(context: ClientContext, run: RunOfVm): Promise<WorkflowExecutionDescription> {
  const handle = context.client.workflow.getHandle(rebuildWorkflowId(run), run.runId);
  return await callTemporal(context, async () => {
    try {
      return await handle.describe();
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? notFound(run, context) : error;
    }
  });
}

function notFound({ regionId, instanceId }: VmRef, { client }: ClientContext): ReimageError {
  const message = `Namespace ${client.options.namespace} knows of no rebuild of ${instanceId} in ${regionId}.`;
  return toReimageError(failureOf('OperationNotFound', message));
}

function operationOf(context: ClientContext, description: WorkflowExecutionDescription): Operation {
  const operation = operationFromInfo(description, context);
  if (operation !== null) return operation;
  throw toReimageError(failureOf('Unexpected', `${description.workflowId} is no rebuild.`));
}

async function readProgress(
  context: ClientContext,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
): Promise<Pick<Operation, 'progress' | 'note'>> {
  const handle = context.client.workflow.getHandle(workflowId, runId);
  const { pendingActivities } = raw;
  try {
    const answer = await callTemporal(context, () => handle.query(PROGRESS_QUERY), QUERY_TIMEOUT_MS);
    const facts = await readLiveFacts(pendingActivities, context.client.options.loadedDataConverter);
    return { progress: { ...RebuildProgress.parse(answer), ...facts }, note: null };
  } catch (error) {
    return { progress: null, note: `no worker answered: ${error instanceof Error ? error.message : String(error)}` };
  }
}
