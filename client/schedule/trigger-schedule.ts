import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleDescription } from '@temporalio/client';
import type { ClientContext } from '../client-context.js';
import { callSchedule } from './call-schedule.js';
import { handleOf, noteOf, type ScheduleAct } from './change-schedule.js';
import { describeSchedule } from './read-schedule.js';

/** What came of a trigger. */
export interface Triggered {
  /** `skipped`: the firing before still runs. `asked`: it waits for that one, or the server has not said yet. */
  readonly outcome: 'started' | 'skipped' | 'asked';
  /** The workflow id of the firing; null where none was started. */
  readonly operationId: string | null;
}

/** How long the server may take to say what came of it. */
const ANSWER_MS = 10_000;
const LOOK_MS = 100;

/**
 * Fires a schedule now, also one that is paused, by its own overlap policy.
 * @throws ReimageNotFoundError `ScheduleNotFound` · ReimageUnreachableError
 */
export async function triggerSchedule(context: ClientContext, id: string, act: ScheduleAct): Promise<Triggered> {
  const before = await describeSchedule(context, id);
  const handle = handleOf(context, id);
  // The note takes a rewrite, which what cannot be decrypted here does not survive.
  if (before.unreadable === null) {
    await callSchedule(context, id, () =>
      handle.update(({ action, spec, policies, state }) => ({
        action,
        spec,
        policies,
        state: { ...state, note: noteOf('triggered', act) },
      })),
    );
  }
  // Without a policy the SDK would let it run beside the firing that runs.
  await callSchedule(context, id, () => handle.trigger(before.policies.overlap));
  return await whatCameOfIt(context, id, before);
}

async function whatCameOfIt(context: ClientContext, id: string, before: ScheduleDescription): Promise<Triggered> {
  const known = new Set(operationsOf(before));
  const deadline = Date.now() + ANSWER_MS;
  for (;;) {
    const now = await describeSchedule(context, id);
    const started = operationsOf(now).findLast((operationId) => !known.has(operationId));
    if (started !== undefined) return { outcome: 'started', operationId: started };
    const isSkipped = now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap;
    if (isSkipped) return { outcome: 'skipped', operationId: null };
    if (Date.now() > deadline) return { outcome: 'asked', operationId: null };
    await sleep(LOOK_MS);
  }
}

function operationsOf({ info }: ScheduleDescription): string[] {
  return info.recentActions.map(({ action }) => action.workflow.workflowId);
}
