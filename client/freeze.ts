import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import {
  type Freeze,
  FREEZE_WORKFLOW_ID,
  FreezeEnd,
  type FreezeRequest,
  freezeText,
  UNFREEZE_UPDATE,
} from '../contracts/freeze.js';
import { MEMO, WORKFLOW } from '../contracts/names.js';
import { type FreezeRun, handleOfFreeze, readFreeze, readFreezeRun } from '../temporal/namespace/open-namespace.js';
import { describeRun } from '../temporal/namespace/runs.js';
import { type CallOptions, callTemporal, type ClientContext, quiet } from './connection/context.js';
import { failureOf, toReimageError } from './connection/errors.js';
import { DEFAULT_WORKER_TIMEOUT_MS } from './connection/run-workflow.js';
import { updateIdOf } from './connection/send-update.js';
import { grpcCodeOf, unreadableOf, untilTaken } from './connection/temporal-errors.js';
import { whyNoAnswer } from './connection/why-no-answer.js';

export interface UnfreezeOptions extends CallOptions {
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/** A freeze that has ended, and who ended it. */
export interface Unfrozen {
  readonly freeze: Freeze;
  readonly end: FreezeEnd;
}

/**
 * Ends the freeze of the namespace, whoever began it, and returns once it has ended. Needs a worker, save where the
 * freeze cannot be decrypted here: then the server ends it, and who and why stand in the end of its history.
 * @returns null when it was not frozen
 * @throws ReimageUnreachableError (also: no worker; it may stay frozen then)
 */
export async function unfreezeNamespace(
  context: ClientContext,
  request: FreezeRequest,
  { workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS }: UnfreezeOptions = {},
): Promise<Unfrozen | null> {
  const found = await callTemporal(context, () => readFreezeRun(context.client));
  let run = found;
  for (let tries = 0; tries < TRIES; tries += 1) {
    // This very freeze: one that somebody begins meanwhile is another one.
    if (run === null || run.freeze.since !== found?.freeze.since) return null;
    const unfrozen = await endFreeze(context, run, request, workerTimeoutMs);
    if (unfrozen !== null) return unfrozen;
    run = await callTemporal(context, () => readFreezeRun(context.client));
  }
  throw toReimageError(failureOf('Unexpected', 'The freeze was not ended: it was renewed again and again. Try again.'));
}

/** Null where that run has ended before. */
async function endFreeze(
  context: ClientContext,
  run: FreezeRun,
  request: FreezeRequest,
  workerTimeoutMs: number,
): Promise<Unfrozen | null> {
  const { freeze } = run;
  const end =
    freeze.unreadable === undefined
      ? await askForEnd(context, run, request, workerTimeoutMs)
      : await endByServer(context, run, request);
  return end && { freeze, end };
}

async function askForEnd(
  context: ClientContext,
  run: FreezeRun,
  request: FreezeRequest,
  workerTimeoutMs: number,
): Promise<FreezeEnd | null> {
  const handle = handleOfFreeze(context.client, run);
  const send = () => untilTaken(() => sendUnfreeze(context, handle, run.freeze, request), workerTimeoutMs);
  const answer = await callTemporal(context, send, workerTimeoutMs, {
    what: 'a worker to end the freeze',
    lastError: () => whyNoAnswer(quiet(context), handle),
  });
  if (answer === null) return null;
  const end = FreezeEnd.safeParse(answer);
  if (end.success) return end.data;
  const message = 'The namespace was unfrozen, with an answer that this version of Reimage cannot read.';
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}

async function sendUnfreeze(
  context: ClientContext,
  handle: WorkflowHandle,
  freeze: Freeze,
  request: FreezeRequest,
): Promise<unknown> {
  try {
    return await handle.executeUpdate<unknown, [FreezeRequest]>(UNFREEZE_UPDATE, {
      args: [request],
      // The same for the same wish: to send it again does no harm.
      updateId: updateIdOf(UNFREEZE_UPDATE, [request.by, request.reason]),
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw updateError(error, freeze, context);
  }
}

const NOT_FOUND = 5;

/** Needs no worker: those of which none has the key to the freeze could not end it. Its history keeps who and why, encrypted. */
async function endByServer(
  context: ClientContext,
  { runId }: FreezeRun,
  request: FreezeRequest,
): Promise<FreezeEnd | null> {
  const { workflowService, options } = context.client;
  const { namespace, identity, loadedDataConverter } = options;
  const end: FreezeEnd = { ...request, at: new Date().toISOString() };
  try {
    const payloads = await encodeToPayloads(loadedDataConverter, end);
    await callTemporal(context, () =>
      workflowService.terminateWorkflowExecution({
        namespace,
        identity,
        workflowExecution: { workflowId: FREEZE_WORKFLOW_ID, runId },
        reason: 'unfrozen; who and why stand in the details',
        details: { payloads: payloads ?? null },
      }),
    );
    return end;
  } catch (error) {
    if (error instanceof Error && grpcCodeOf(error.cause) === NOT_FOUND) return null;
    throw error;
  }
}

function updateError(error: unknown, freeze: Freeze, { taskQueue }: ClientContext): unknown {
  if (unreadableOf(error) !== null) {
    const message = 'The namespace was unfrozen, with an answer that cannot be decrypted here.';
    return toReimageError(failureOf('Unreadable', message), { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    const message = `No worker on task queue ${taskQueue} has ended the freeze in time: the namespace is ${freezeText(freeze)}. A worker that comes later may still end it.`;
    const next = 'Start one with `reimage worker`, then try again: doing it twice does no harm.';
    return toReimageError(failureOf('NoWorker', message, next), { cause: error });
  }
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  return toReimageError(failureOf('Unexpected', error.cause?.message ?? error.message), { cause: error });
}

/** What came of a wish to freeze. */
export interface Frozen {
  readonly freeze: Freeze;
  /** False: somebody had frozen the namespace before, and this freeze is theirs. */
  readonly isNew: boolean;
}

/** A freeze may end between "already started" and our look at it; each further try needs another such chance. */
const TRIES = 3;

/** The freeze of the namespace, asked without a worker; null when it is not frozen. @throws ReimageUnreachableError */
export async function frozen(context: ClientContext): Promise<Freeze | null> {
  return await callTemporal(context, () => readFreeze(context.client));
}

/**
 * Freezes the namespace, or finds out who has. Needs no worker, and holds without one.
 * @throws ReimageUnreachableError
 */
export async function freezeNamespace(context: ClientContext, request: FreezeRequest): Promise<Frozen> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const since = await startUnlessFrozen(context, request);
    if (since !== null) return { freeze: { ...request, since }, isNew: true };
    const freeze = await frozen(context);
    if (freeze !== null) return { freeze, isNew: false };
  }
  throw toReimageError(
    failureOf('Unexpected', 'The namespace was not frozen: others kept freezing and unfreezing it.'),
  );
}

/** When the server began the freeze; null where there was one. */
async function startUnlessFrozen(context: ClientContext, { by, reason }: FreezeRequest): Promise<string | null> {
  const { client, taskQueue } = context;
  return await callTemporal(context, async () => {
    try {
      const handle = await client.workflow.start(WORKFLOW.freeze, {
        workflowId: FREEZE_WORKFLOW_ID,
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        taskQueue,
        args: [],
        memo: { [MEMO.requestedBy]: by, [MEMO.reason]: reason },
        staticSummary: 'no rebuild begins in this namespace until `reimage unfreeze`',
      });
      const { startTime } = await describeRun(client, FREEZE_WORKFLOW_ID, handle.firstExecutionRunId);
      return startTime.toISOString();
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  });
}
