import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  type Freeze,
  FREEZE_WORKFLOW_ID,
  FreezeEnd,
  type FreezeRequest,
  freezeText,
  UNFREEZE_UPDATE,
} from '../contracts/fleet/freeze.js';
import { readFreezeRun } from '../temporal/read-freeze.js';
import { DEFAULT_WORKER_TIMEOUT_MS } from './ask-worker.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { failureOf, toReimageError } from './reimage-errors.js';
import { updateIdOf } from './send-update.js';
import { untilTaken } from './server-limits.js';

export interface UnfreezeOptions {
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/** A freeze that has ended, and who ended it. */
export interface Unfrozen {
  readonly freeze: Freeze;
  readonly end: FreezeEnd;
}

/**
 * Ends the freeze of the namespace, whoever began it, and returns once it has ended. Needs a worker.
 * @returns null when it was not frozen
 * @throws ReimageUnreachableError (also: no worker; it may stay frozen then)
 */
export async function unfreezeNamespace(
  context: ClientContext,
  request: FreezeRequest,
  { workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS }: UnfreezeOptions = {},
): Promise<Unfrozen | null> {
  const run = await callTemporal(context, () => readFreezeRun(context.client));
  if (run === null) return null;
  const { freeze, firstRunId } = run;
  // This very freeze, in whichever run it is by then: one that somebody begins meanwhile is another one.
  const handle = context.client.workflow.getHandle(FREEZE_WORKFLOW_ID, undefined, { firstExecutionRunId: firstRunId });
  const send = async () => {
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
  };
  const answer = await callTemporal(context, () => untilTaken(send, workerTimeoutMs), workerTimeoutMs);
  if (answer === null) return null;
  const end = FreezeEnd.safeParse(answer);
  if (end.success) return { freeze, end: end.data };
  const message = 'The namespace was unfrozen, with an answer that this version of Reimage cannot read.';
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}

function updateError(error: unknown, freeze: Freeze, { taskQueue }: ClientContext): unknown {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    const message = `No worker on task queue ${taskQueue} has ended the freeze in time: the namespace is ${freezeText(freeze)}. A worker that comes later may still end it.`;
    const next = 'Start one with `reimage worker`, then ask again: to ask twice does no harm.';
    return toReimageError(failureOf('NoWorker', message, next), { cause: error });
  }
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  return toReimageError(failureOf('Unexpected', error.cause?.message ?? error.message), { cause: error });
}
