import * as z from 'zod';
import type { CliDeps } from '../cli-deps.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OK } from '../exit-codes.js';
import { renderSchedule } from './render-schedule.js';
import { ScheduleOptions } from './schedule-options.js';

/** What stands on the command line of `schedule delete`. */
export const ScheduleDeleteOptions = ScheduleOptions.extend({ yes: z.boolean().optional() });
export type ScheduleDeleteOptions = z.output<typeof ScheduleDeleteOptions>;

/** Shows a schedule, asks, deletes it. @throws ReimageError */
export async function runScheduleDelete(options: ScheduleDeleteOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const { schedule: id, yes, output } = options;
  if (yes !== true) requireConfirmer(deps);
  await using client = await deps.connect();
  const details = await client.schedules.describe(id);
  for (const line of renderSchedule(details)) io.err(line);
  if (yes !== true) await confirm(id, 'delete the schedule', deps, 'the id of the schedule');
  await client.schedules.delete(id);
  if (output === 'json') io.out(JSON.stringify({ outcome: 'deleted', scheduleId: id, running: details.running }));
  else io.out(`deleted: schedule ${id}`);
  return OK;
}
