import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { parseOptions } from '../parse-options.js';
import { renderSchedule } from './render-schedule.js';
import { ScheduleOptions } from './schedule-options.js';

/** `reimage schedule describe` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runScheduleDescribe(parseOptions(ScheduleOptions, raw), deps);
}

/** Prints one screen about a schedule. */
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
