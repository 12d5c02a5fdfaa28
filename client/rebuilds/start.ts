import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from '@temporalio/client';
import { rebuildWorkflowId, type VmRef } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import {
  memoOf,
  type RebuildRequest,
  searchAttributesOf,
  type StartNotes,
  summaryOf,
} from '../../contracts/rebuild-request.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { listRuns } from '../../temporal/namespace/runs.js';
import { tellingWait } from '../../temporal/waiting.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { failureOf, ReimageBusyError, ReimageNotFoundError, toReimageError } from '../connection/errors.js';
import { unreachable } from '../connection/temporal-errors.js';
import { isQuotable, quote } from '../connection/visibility-query.js';
import { type Operation, operationFromInfo } from './operation.js';
import { readHead, readOperation } from './read.js';
import { refuseIfOther } from './same-request.js';

/** A run may end between "already started" and our look at it; each further try needs another such chance. */
const TRIES = 3;

/**
 * Starts the rebuild of a VM, or finds the one that the same `requestId` has started before.
 * @throws ReimageBusyError when another rebuild of the VM is under way · ReimageError `RequestIdReused` when the id has started
 * another request · ReimageUnreachableError
 */
export async function startRebuild(
  context: ClientContext,
  request: RebuildRequest,
  notes: StartNotes = {},
): Promise<Operation> {
  const { requestId } = request;
  if (requestId !== undefined) {
    const known = await findSame(context, request, notes);
    if (known !== null) return known;
  }
  for (let tries = 0; tries < TRIES; tries += 1) {
    const runId = await startUnlessRunning(context, startOptions(context, request, notes));
    if (runId !== null) return await readHead(context, { ...request, runId });
    const holder = await readHead(context, request);
    if (requestId !== undefined && holder.requestId === requestId) {
      await refuseIfOther(context, holder, request, notes);
      return await readOperation(context, holder);
    }
    if (holder.status === 'running') throw busyWith(holder);
  }
  throw toReimageError(
    failureOf('Unexpected', `${rebuildWorkflowId(request)} could not be started: others kept starting and ending it.`),
  );
}

/**
 * The rebuild that this very request has started before, by its id; null when there is none.
 * @throws ReimageError `RequestIdReused` when the id has started another one · what {@link findByRequestId} throws
 */
export async function findSame(
  context: ClientContext,
  request: RebuildRequest,
  notes: StartNotes = {},
): Promise<Operation | null> {
  const { requestId } = request;
  const known = requestId === undefined ? null : await findByRequestId(context, request, requestId);
  if (known !== null) await refuseIfOther(context, known, request, notes);
  return known;
}

/**
 * The rebuild of a VM that was asked for with this request id, running or finished; null when there is none.
 * The latest run is read from the server's own state, older ones from its index, once that knows the latest too.
 * @throws ReimageUnreachableError also where the index lags for longer: it may hide the very run that is looked for
 */
export async function findByRequestId(context: ClientContext, vm: VmRef, requestId: string): Promise<Operation | null> {
  const latest = await headOrNull(context, vm);
  if (latest === null) return null;
  if (latest.requestId === requestId) return await readOperation(context, latest);
  await untilIndexKnows(context, latest);
  const query = [
    `WorkflowId = ${quote(rebuildWorkflowId(vm))}`,
    ...(isQuotable(requestId) ? [`${SEARCH_ATTRIBUTE.requestId.name} = ${quote(requestId)}`] : []),
  ].join(' AND ');
  const older = await callTemporal(context, async () => {
    for await (const run of listRuns(context.client, { query })) {
      if (operationFromInfo(run, context)?.requestId === requestId) return run.runId;
    }
    return null;
  });
  return older === null ? null : await readOperation(context, { ...vm, runId: older });
}

/** Longest that a start waits for the index, and how often it asks meanwhile. */
const INDEX_WITHIN_MS = 10_000;
const INDEX_EVERY_MS = 250;

/** Waits until the index knows a run: it then knows those that had ended before that one began. */
async function untilIndexKnows(context: ClientContext, { operationId, runId }: Operation): Promise<void> {
  const waitFor = { what: `Temporal's index to know the last run of ${operationId}`, forMs: INDEX_WITHIN_MS };
  const query = `WorkflowId = ${quote(operationId)} AND RunId = ${quote(runId)}`;
  await tellingWait(context.onProgress, waitFor, async () => {
    const giveUpAt = performance.now() + INDEX_WITHIN_MS;
    while ((await callTemporal(context, () => context.client.workflow.count(query))).count === 0) {
      if (performance.now() > giveUpAt) {
        throw unreachable(
          `The index of the Temporal server does not know the last rebuild of ${operationId} yet, so that nobody can tell whether the request id was used before. Nothing was started.`,
        );
      }
      await delay(INDEX_EVERY_MS);
    }
  });
}

/** The refusal that a rebuild under way is the reason for. */
export function busyWith(holder: Operation): ReimageBusyError {
  const { operationId, runId, requestedBy, startedAt, phase } = holder;
  return new ReimageBusyError({ operationId, runId, requestedBy, since: startedAt, phase });
}

async function headOrNull(context: ClientContext, vm: VmRef): Promise<Operation | null> {
  try {
    return await readHead(context, vm);
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}

async function startUnlessRunning(context: ClientContext, options: WorkflowStartOptions): Promise<string | null> {
  return await callTemporal(context, async () => {
    try {
      const handle = await context.client.workflow.start(WORKFLOW.rebuildInstance, options);
      return handle.firstExecutionRunId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  });
}

function startOptions({ taskQueue }: ClientContext, request: RebuildRequest, notes: StartNotes): WorkflowStartOptions {
  return {
    workflowId: rebuildWorkflowId(request),
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    taskQueue,
    args: [request],
    typedSearchAttributes: searchAttributesOf(request, notes),
    memo: memoOf(request, notes),
    staticSummary: summaryOf(request, notes),
  };
}
