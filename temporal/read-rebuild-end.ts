import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { RebuildEnd } from '../contracts/fleet/rebuild-end.js';
import { rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { describeLatest, firstRunIdOf } from './describe-latest.js';
import { describeRunOrNull } from './read-runs.js';

/** A rebuild, by the run in which it began. */
export interface RebuildRef extends VmRef {
  readonly runId: string;
}

/**
 * How a rebuild has ended, by the server's own state; null while it has not. One that was reset in Temporal goes on in
 * another run of the same chain, and it is that one's end.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readRebuildEnd(client: Client, { runId, ...vm }: RebuildRef): Promise<RebuildEnd | null> {
  const workflowId = rebuildWorkflowId(vm);
  const latest = await describeLatest(client, workflowId);
  const isOurs = latest !== null && (latest.runId === runId || firstRunIdOf(latest) === runId);
  const found = isOurs ? latest : await describeRunOrNull(client, workflowId, runId);
  if (found === null) return { type: 'lost', message: 'The namespace no longer knows its rebuild' };
  if (found.closeTime === undefined) return null;
  return await endOf(client.workflow.getHandle(workflowId, found.runId), found.status.name);
}

async function endOf(handle: WorkflowHandle, status: string): Promise<RebuildEnd> {
  try {
    const result: unknown = await handle.result();
    return { type: 'done', message: 'done', result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const message = cause?.message ?? error.message;
    if (cause instanceof ApplicationFailure)
      return { type: 'failed', message, failure: cause.type ?? 'Unexpected', result: cause.details?.[0] ?? null };
    if (cause instanceof CancelledFailure) return { type: 'cancelled', message };
    return { type: 'lost', message: `Its rebuild ended without a word: ${status.toLowerCase().replaceAll('_', ' ')}` };
  }
}
