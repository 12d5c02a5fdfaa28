import { type Client, WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { type Freeze, FREEZE_WORKFLOW_ID } from '../contracts/fleet/freeze.js';
import { MEMO } from '../contracts/names.js';

/**
 * Reads from Temporal's own description of the workflow whether the namespace is frozen: no worker is needed for it.
 * One that someone has started by hand, without saying who and why, freezes too.
 * @returns null when no freeze is under way
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFreeze(client: Client): Promise<Freeze | null> {
  try {
    return freezeOf(await client.workflow.getHandle(FREEZE_WORKFLOW_ID).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function freezeOf({ closeTime, startTime, memo }: WorkflowExecutionDescription): Freeze | null {
  if (closeTime !== undefined) return null;
  return {
    by: textOf(memo?.[MEMO.requestedBy]) ?? 'someone unknown',
    reason: textOf(memo?.[MEMO.reason]) ?? 'no reason given',
    since: startTime.toISOString(),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
