import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import type { ScheduleAct } from '../../contracts/fleet/fleet-schedule.js';
import type { ClientContext } from '../client-context.js';
import { failureOf, type ReimageError, toReimageError } from '../reimage-errors.js';
import { callSchedule } from './call-schedule.js';
import { readScheduleState } from './read-schedule.js';
import { readStored, rewriteSchedule, type StoredSchedule } from './rewrite-schedule.js';
import type { ScheduleState } from './schedule-state.js';

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
