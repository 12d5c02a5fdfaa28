import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Claim, ClaimToMake } from '../contracts/fleet/claim.js';
import { MEMO, WORKFLOW } from '../contracts/names.js';
import { describeRunOrNull } from './read-runs.js';

/**
 * Makes a claim, unless there is one: the server lets one workflow of that id be, running or ended.
 * @param taskQueue - whose workers end it
 * @returns whose the claim is now
 * @throws what the client throws when the namespace cannot be asked
 */
export async function makeClaim(
  client: Client,
  { claimId, holder, fleetId }: ClaimToMake,
  taskQueue: string,
): Promise<Claim> {
  try {
    await client.workflow.start(WORKFLOW.claim, {
      workflowId: claimId,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      taskQueue,
      args: [],
      memo: { [MEMO.holder]: holder, [MEMO.fleetId]: fleetId },
      staticSummary: `used by fleet ${fleetId}`,
    });
    return { holder, fleetId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const claim = await readClaim(client, claimId);
  if (claim !== null) return claim;
  throw new Error(`${claimId} was there, and the namespace has forgotten it meanwhile`);
}

/**
 * Whose a claim is, from the server's own state; null where nobody has made it, or the namespace has forgotten it.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readClaim(client: Client, claimId: string): Promise<Claim | null> {
  const description = await describeRunOrNull(client, claimId);
  if (description === null) return null;
  const { memo } = description;
  return { holder: textOf(memo?.[MEMO.holder]), fleetId: textOf(memo?.[MEMO.fleetId]) };
}

/** Stands for who has made a claim by hand, or one that cannot be read here: nobody who is known. */
export const UNKNOWN = 'unknown';

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : UNKNOWN;
}
