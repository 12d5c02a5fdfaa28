import * as z from 'zod';
import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { oneLine } from '../../contracts/one-line.js';
import type { ClientContext } from '../client-context.js';
import { callSchedule } from './call-schedule.js';
import { describeSchedule, readScheduleState } from './read-schedule.js';
import type { ScheduleState } from './schedule-state.js';

/** Who changes a schedule, and why: it becomes the note of the schedule, which Temporal keeps in clear. */
export const ScheduleAct = z.strictObject({ by: oneLine(128), reason: oneLine(512) });
export type ScheduleAct = z.output<typeof ScheduleAct>;

/** The note that tells an act. */
export function noteOf(what: string, { by, reason }: ScheduleAct): string {
  return `${what} by ${by}: ${reason}`;
}

/** Lets a schedule fire no more; firings under way go on. @throws ReimageNotFoundError · ReimageUnreachableError */
export async function pauseSchedule(context: ClientContext, id: string, act: ScheduleAct): Promise<ScheduleState> {
  await describeSchedule(context, id);
  await callSchedule(context, id, () => handleOf(context, id).pause(noteOf('paused', act)));
  return await readScheduleState(context, id);
}

/** Lets a schedule fire again; what was due meanwhile is not made up for. @throws ReimageNotFoundError · ReimageUnreachableError */
export async function resumeSchedule(context: ClientContext, id: string, act: ScheduleAct): Promise<ScheduleState> {
  await describeSchedule(context, id);
  await callSchedule(context, id, () => handleOf(context, id).unpause(noteOf('resumed', act)));
  return await readScheduleState(context, id);
}

/** Deletes a schedule; firings under way go on. @throws ReimageNotFoundError · ReimageUnreachableError */
export async function deleteSchedule(context: ClientContext, id: string): Promise<void> {
  await describeSchedule(context, id);
  await callSchedule(context, id, () => handleOf(context, id).delete());
}

/** The SDK's handle of a schedule of ours. */
export function handleOf({ client }: ClientContext, scheduleId: string) {
  return client.schedule.getHandle(temporalScheduleId(scheduleId));
}
