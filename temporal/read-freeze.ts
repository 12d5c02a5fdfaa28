import { type Client, WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { Freeze, FREEZE_WORKFLOW_ID } from '../contracts/fleet/freeze.js';
import { MEMO } from '../contracts/names.js';

/** A freeze, and the run of its workflow. */
export interface FreezeRun {
  readonly runId: string;
  readonly freeze: Freeze;
}

/**
 * Reads from Temporal's own description of the workflow whether the namespace is frozen: no worker is needed for it.
 * One that someone has started by hand, without saying who and why, freezes too.
 * @returns null when no freeze is under way
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFreezeRun(client: Client): Promise<FreezeRun | null> {
  try {
    const description = await client.workflow.getHandle(FREEZE_WORKFLOW_ID).describe();
    if (description.closeTime !== undefined) return null;
    return { runId: description.runId, freeze: freezeOf(description) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The same without the run. */
export async function readFreeze(client: Client): Promise<Freeze | null> {
  return (await readFreezeRun(client))?.freeze ?? null;
}

function freezeOf({ startTime, memo }: WorkflowExecutionDescription): Freeze {
  const by = Freeze.shape.by.safeParse(memo?.[MEMO.requestedBy]);
  const reason = Freeze.shape.reason.safeParse(memo?.[MEMO.reason]);
  return {
    by: by.success ? by.data : 'someone unknown',
    reason: reason.success ? reason.data : 'no reason given',
    since: startTime.toISOString(),
  };
}
