import type { Client, WorkflowHandle } from '@temporalio/client';
import { Freeze, FREEZE_WORKFLOW_ID } from '../contracts/fleet/freeze.js';
import { MEMO } from '../contracts/names.js';
import { unreadableText } from '../contracts/unreadable.js';
import { describeLatest, firstRunIdOf, hasEnded } from './describe-latest.js';
import type { RunDescription } from './read-runs.js';

/** A freeze, and the first run of its workflow: it may have continued as new since. */
export interface FreezeRun {
  readonly runId: string;
  readonly firstRunId: string;
  readonly freeze: Freeze;
}

/**
 * Reads from Temporal's own description of the workflow whether the namespace is frozen: no worker is needed for it, and
 * no key. One of which nobody can read who and why freezes too, as does one that someone has started by hand.
 * @returns null when no freeze is under way
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFreezeRun(client: Client): Promise<FreezeRun | null> {
  const description = await describeLatest(client, FREEZE_WORKFLOW_ID);
  if (description === null || hasEnded(description)) return null;
  return { runId: description.runId, firstRunId: firstRunIdOf(description), freeze: freezeOf(description) };
}

/** The freeze in whichever run it is by then, and no other that was begun meanwhile: the server compares the first run. */
export function handleOfFreeze(client: Client, { firstRunId }: Pick<FreezeRun, 'firstRunId'>): WorkflowHandle {
  return client.workflow.getHandle(FREEZE_WORKFLOW_ID, undefined, { firstExecutionRunId: firstRunId });
}

/** The same without the run. */
export async function readFreeze(client: Client): Promise<Freeze | null> {
  return (await readFreezeRun(client))?.freeze ?? null;
}

function freezeOf({ startTime, memo, unreadable }: RunDescription): Freeze {
  const by = Freeze.shape.by.safeParse(memo?.[MEMO.requestedBy]);
  const reason = Freeze.shape.reason.safeParse(memo?.[MEMO.reason]);
  const since = Freeze.shape.since.safeParse(memo?.[MEMO.frozenSince]);
  const noReason = unreadable === null ? 'no reason given' : unreadableText(unreadable);
  return {
    by: by.success ? by.data : 'someone unknown',
    reason: reason.success ? reason.data : noReason,
    since: since.success ? since.data : startTime.toISOString(),
    ...(unreadable !== null && { unreadable }),
  };
}
