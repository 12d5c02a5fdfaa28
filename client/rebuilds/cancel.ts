import { WorkflowNotFoundError } from '@temporalio/client';
import { Decision } from '../../contracts/decision.js';
import type { VmRef } from '../../contracts/ids.js';
import { type CallOptions, callTemporal, type ClientContext } from '../connection/context.js';
import { parseInput } from '../connection/parse-input.js';
import { decideRebuild, nothingUnderWay } from './decide.js';
import type { Operation } from './operation.js';
import { readHead, readOperation } from './read.js';

export interface CancelOptions extends CallOptions {
  /** Who cancels; stands in the result where a hold is given up. @default 'reimage cancel' */
  readonly by?: string;
}

/** A rebuild that was asked to end. */
export interface Cancelling extends Operation {
  /** Its hold was given up by a decision, since it had been cancelled before, and Temporal cancels a run once. */
  readonly gaveUp?: true;
}

/**
 * Asks the rebuild under way to end. Before the rebuild call the VM's power state is restored and it
 * ends cancelled; after it, it is carried through and its result says that the cancellation came too late. One that is
 * held ends as if given up, however often it was cancelled before.
 * @throws ReimageNotFoundError when no rebuild of the VM is under way · ReimageError `DecisionRefused` when somebody
 * else decided first · ReimageUnreachableError
 */
export async function cancelRebuild(
  context: ClientContext,
  vm: VmRef,
  { by = 'reimage cancel' }: CancelOptions = {},
): Promise<Cancelling> {
  const head = await readHead(context, vm);
  if (head.status !== 'running') throw nothingUnderWay(head);
  const heldSince = await holdThatCancelCannotEnd(context, head);
  if (heldSince !== null) {
    const decision = parseInput(Decision, { decision: 'give-up', reason: 'cancelled', by, heldSince });
    await decideRebuild(context, head, decision);
    return { ...(await readOperation(context, head)), gaveUp: true };
  }
  await requestCancel(context, head);
  return await readOperation(context, head);
}

/** The hold of a rebuild that was cancelled before it, by its `since`; null for any other rebuild, and where no worker tells. */
async function holdThatCancelCannotEnd(context: ClientContext, head: Operation): Promise<string | null> {
  // Others are not asked: a cancellation needs no worker, and should not wait for one.
  if (head.phase !== 'held') return null;
  const { progress } = await readOperation(context, head);
  return progress?.held && progress.cancelRequestedAt !== null ? progress.held.since : null;
}

async function requestCancel(context: ClientContext, head: Operation): Promise<void> {
  const handle = context.client.workflow.getHandle(head.operationId, head.runId);
  await callTemporal(context, async () => {
    try {
      await handle.cancel();
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? nothingUnderWay(head) : error;
    }
  });
}
