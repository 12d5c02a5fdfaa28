import { setTimeout as sleep } from 'node:timers/promises';
import { type ScheduleOverlapPolicy, WorkflowNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { ScheduleAct } from '../../contracts/fleet/fleet-schedule.js';
import { TRIGGERED_SIGNAL } from '../../contracts/names.js';
import { tellingWait } from '../../temporal/waiting.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { failureOf, ReimageNotFoundError, toReimageError } from '../reimage-errors.js';
import { callSchedule } from './call-schedule.js';
import { handleOf } from './change-schedule.js';
import { readStored, type StoredSchedule } from './rewrite-schedule.js';

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

const { ScheduleOverlapPolicy: Stored } = proto.temporal.api.enums.v1;

/**
 * Fires a schedule now, also one that is paused, by its own overlap policy. The schedule itself stays as it is: what others
 * do to it at the same time holds, and a firing that is due is not lost. Who has triggered it, the firing tells.
 * @throws ReimageNotFoundError `ScheduleNotFound` · ReimageError `ScheduleChanged` where it was deleted meanwhile ·
 * ReimageUnreachableError
 */
export async function triggerSchedule(context: ClientContext, id: string, act: ScheduleAct): Promise<Triggered> {
  const before = await readStored(context, id);
  await callSchedule(context, id, () => handleOf(context, id).trigger(overlapOf(before)));
  const waitFor = { what: `the Temporal server to fire schedule ${id}`, forMs: ANSWER_MS };
  const triggered = await tellingWait(context.onProgress, waitFor, () => whatCameOfIt(context, id, before));
  if (triggered.operationId !== null) await tellFiring(context, triggered.operationId, act);
  return triggered;
}

/** Without a policy the SDK would let it run beside the firing that runs. */
function overlapOf({ schedule }: StoredSchedule): ScheduleOverlapPolicy {
  return schedule.policies?.overlapPolicy === Stored.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE ? 'BUFFER_ONE' : 'SKIP';
}

async function whatCameOfIt(context: ClientContext, id: string, before: StoredSchedule): Promise<Triggered> {
  const known = new Set(operationsOf(before));
  const deadline = Date.now() + ANSWER_MS;
  for (;;) {
    const now = await readOrGone(context, id);
    const started = operationsOf(now).findLast((operationId) => !known.has(operationId));
    if (started !== undefined) return { outcome: 'started', operationId: started };
    if (skippedOf(now) > skippedOf(before)) return { outcome: 'skipped', operationId: null };
    if (Date.now() > deadline) return { outcome: 'asked', operationId: null };
    await sleep(LOOK_MS);
  }
}

async function readOrGone(context: ClientContext, id: string): Promise<StoredSchedule> {
  try {
    return await readStored(context, id);
  } catch (error) {
    if (!(error instanceof ReimageNotFoundError)) throw error;
    const message = `Schedule ${id} was deleted while it was triggered: a firing may have begun all the same.`;
    const next = 'See with `reimage fleet list` whether its fleet runs.';
    throw toReimageError(failureOf('ScheduleChanged', message, next), { cause: error });
  }
}

/** One that has ended already is told nothing: whoever asks for its fleet sees why it ran. */
async function tellFiring(context: ClientContext, operationId: string, act: ScheduleAct): Promise<void> {
  await callTemporal(context, async () => {
    try {
      await context.client.workflow.getHandle(operationId).signal(TRIGGERED_SIGNAL, act);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  });
}

function operationsOf({ info }: StoredSchedule): string[] {
  return (info.recentActions ?? []).flatMap(({ startWorkflowResult }) => startWorkflowResult?.workflowId ?? []);
}

function skippedOf({ info }: StoredSchedule): number {
  return Number(info.overlapSkipped ?? 0);
}
