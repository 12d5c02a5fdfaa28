import { setTimeout as sleep } from 'node:timers/promises';
import { type ScheduleOverlapPolicy, WorkflowNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import type { ScheduleAct } from '../../contracts/fleet/fleet-schedule.js';
import { TRIGGERED_SIGNAL } from '../../contracts/names.js';
import { tellingWait } from '../../temporal/waiting.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { failureOf, type ReimageError, ReimageNotFoundError, toReimageError } from '../connection/errors.js';
import { readScheduleState } from './read.js';
import { readStored, rewriteSchedule, type StoredSchedule } from './rewrite.js';
import { callSchedule, type ScheduleState } from './state.js';

/** Longest note that is kept: one of ours, and what it is written over. */
const LONGEST_NOTE = 1_400;

/** The note that tells an act. Temporal keeps it in clear. */
function noteOf(what: string, { by, reason }: ScheduleAct): string {
  return `${what} by ${by}: ${reason}`;
}

/**
 * Lets a schedule fire no more; firings under way go on. One that is paused already stays so, and its note keeps why.
 * @throws ReimageNotFoundError · ReimageError `ScheduleChanged` · ReimageUnreachableError
 */
export async function pauseSchedule(context: ClientContext, id: string, act: ScheduleAct): Promise<ScheduleState> {
  const note = noteOf('paused', act);
  await rewriteSchedule(context, id, ({ schedule }) => {
    if (!schedule.state?.paused) return paused(schedule, note);
    return schedule.state.notes?.startsWith(note) ? null : paused(schedule, withBefore(note, schedule));
  });
  return await readScheduleState(context, id);
}

/**
 * Lets a schedule fire again; what was due meanwhile is not made up for. It ends the pause that is there when it is
 * asked, and no other.
 * @throws ReimageNotFoundError · ReimageError `ScheduleChanged` where it was paused anew meanwhile · ReimageUnreachableError
 */
export async function resumeSchedule(context: ClientContext, id: string, act: ScheduleAct): Promise<ScheduleState> {
  const note = noteOf('resumed', act);
  await endPause(context, id, note, null);
  return await readScheduleState(context, id);
}

/**
 * Ends the pause with the note that is meant, and no other.
 * @param meant - null: the one that is there at the first look
 * @throws ReimageError `ScheduleChanged` where another one is there
 */
export async function endPause(context: ClientContext, id: string, note: string, meant: string | null): Promise<void> {
  let ended = meant;
  await rewriteSchedule(context, id, ({ schedule }) => {
    const found = schedule.state?.notes ?? '';
    ended ??= found;
    // It is over already, or there was none.
    if (!schedule.state?.paused) return null;
    if (found !== ended) throw changed(id, found);
    return { ...schedule, state: { ...schedule.state, paused: false, notes: note } };
  });
}

/** Deletes a schedule; firings under way go on. @throws ReimageNotFoundError · ReimageUnreachableError */
export async function deleteSchedule(context: ClientContext, id: string): Promise<void> {
  await readStored(context, id);
  await callSchedule(context, id, () => handleOf(context, id).delete());
}

/** The SDK's handle of a schedule of ours. */
export function handleOf({ client }: ClientContext, scheduleId: string) {
  return client.schedule.getHandle(temporalScheduleId(scheduleId));
}

function paused(schedule: StoredSchedule['schedule'], notes: string): StoredSchedule['schedule'] {
  return { ...schedule, state: { ...schedule.state, paused: true, notes } };
}

/** A pause beside another one, or after a failure, must not hide it: who resumes ends both. */
function withBefore(note: string, { state }: StoredSchedule['schedule']): string {
  const before = state?.notes ?? '';
  return before === '' ? note : `${note} (before: ${before})`.slice(0, LONGEST_NOTE);
}

function changed(id: string, note: string): ReimageError {
  const message = `Schedule ${id} was paused anew meanwhile, and stays paused: ${note || 'nobody said why'}`;
  return toReimageError(failureOf('ScheduleChanged', message));
}

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
