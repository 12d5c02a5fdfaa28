import * as z from 'zod';
import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { OUTPUTS } from '../output-option.js';
import { renderScheduleList } from './render-schedule.js';

/** What stands on the command line of `schedule list`. */
export const ScheduleListOptions = z.strictObject({ output: z.enum(OUTPUTS) });
export type ScheduleListOptions = z.output<typeof ScheduleListOptions>;

/** Prints a table of schedules, or `{schedules}`. @throws ReimageError */
export async function runScheduleList({ output }: ScheduleListOptions, { connect, io }: CliDeps): Promise<number> {
  await using client = await connect();
  const schedules = await client.schedules.list();
  if (output === 'json') io.out(JSON.stringify({ schedules }));
  else for (const line of renderScheduleList(schedules, io.size().width)) io.out(line);
  return OK;
}
