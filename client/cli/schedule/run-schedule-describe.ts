import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { renderSchedule } from './render-schedule.js';
import type { ScheduleOptions } from './schedule-options.js';

/** Prints one screen about a schedule. @throws ReimageError */
export async function runScheduleDescribe(
  { schedule, output }: ScheduleOptions,
  { connect, io }: CliDeps,
): Promise<number> {
  await using client = await connect();
  const details = await client.schedules.describe(schedule);
  if (output === 'json') io.out(JSON.stringify(details));
  else for (const line of renderSchedule(details)) io.out(line);
  return OK;
}
