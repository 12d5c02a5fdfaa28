import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { FREEZE_WORKFLOW_ID, RENEW_FREEZE_UPDATE } from '../../contracts/fleet/freeze.js';
import { type FreezeRun, handleOfFreeze, readFreezeRun } from '../../temporal/read-freeze.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { readRunUses } from './read-key-bearers.js';

/** A worker that has another key first may take it up, as often as there are such workers. */
const TRIES = 5;
/** The server asks the worker that had it last first, for ten seconds, also where that one is gone. */
const ANSWER_MS = 30_000;

/**
 * Has the freeze continue as new, so that nothing of it bears an old key; the server does that in one step, without a
 * moment in which the namespace is not frozen. Needs a worker that has the first key first.
 * @returns why it was not renewed; null when it was, also where there is no freeze, or none that bears another key
 * @throws ReimageUnreachableError when the server cannot be asked
 */
export async function renewFreeze(context: ClientContext, currentKeyId: string): Promise<string | null> {
  let others: (string | null)[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    const run = await callTemporal(context, () => readFreezeRun(context.client));
    if (run === null) return null;
    others = await otherKeys(context, run, currentKeyId);
    if (others.length === 0) return null;
    const why = await askToRenew(context, run);
    if (why !== null) return why;
  }
  const names = others.map((id) => (id === null ? 'none' : JSON.stringify(id))).join(', ');
  return `a worker still encrypts by key ${names}: put ${JSON.stringify(currentKeyId)} first everywhere, then run it again`;
}

async function otherKeys(
  context: ClientContext,
  { runId }: FreezeRun,
  currentKeyId: string,
): Promise<(string | null)[]> {
  const uses = await readRunUses(context, { operationId: FREEZE_WORKFLOW_ID, runId, closedAt: null });
  return [...(uses?.keys() ?? [])].filter((keyId) => keyId !== currentKeyId);
}

/** Null once it was renewed, or had ended. */
async function askToRenew(context: ClientContext, run: FreezeRun): Promise<string | null> {
  const handle = handleOfFreeze(context.client, run);
  const renew = async () => {
    try {
      await handle.executeUpdate(RENEW_FREEZE_UPDATE);
      return null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
        return 'no worker that can read it has answered in time; one that comes later may still do it';
      }
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      return `the worker refuses: ${error.cause?.message ?? error.message}`;
    }
  };
  return await callTemporal(context, renew, ANSWER_MS);
}
