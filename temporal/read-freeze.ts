import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { Freeze, FREEZE_WORKFLOW_ID } from '../contracts/fleet/freeze.js';
import { MEMO } from '../contracts/names.js';
import { describeLatest, firstRunIdOf, hasEnded } from './describe-latest.js';

/** A freeze, and the first run of its workflow: it may have continued as new since. */
export interface FreezeRun {
  readonly firstRunId: string;
  readonly freeze: Freeze;
}

/**
 * Reads from Temporal's own description of the workflow whether the namespace is frozen: no worker is needed for it.
 * One that someone has started by hand, without saying who and why, freezes too.
 * @returns null when no freeze is under way
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFreezeRun(client: Client): Promise<FreezeRun | null> {
  const description = await describeLatest(client, FREEZE_WORKFLOW_ID);
  if (description === null || hasEnded(description)) return null;
  return { firstRunId: firstRunIdOf(description), freeze: freezeOf(description) };
}

/** The same without the run. */
export async function readFreeze(client: Client): Promise<Freeze | null> {
  return (await readFreezeRun(client))?.freeze ?? null;
}

function freezeOf({ startTime, memo }: WorkflowExecutionDescription): Freeze {
  const by = Freeze.shape.by.safeParse(memo?.[MEMO.requestedBy]);
  const reason = Freeze.shape.reason.safeParse(memo?.[MEMO.reason]);
  const since = Freeze.shape.since.safeParse(memo?.[MEMO.frozenSince]);
  return {
    by: by.success ? by.data : 'someone unknown',
    reason: reason.success ? reason.data : 'no reason given',
    since: since.success ? since.data : startTime.toISOString(),
  };
}
