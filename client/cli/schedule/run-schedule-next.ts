import * as z from 'zod';
import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { nextLines } from './render-schedule.js';
import { ScheduleOptions } from './schedule-options.js';

/** What stands on the command line of `schedule next`. */
export const ScheduleNextOptions = ScheduleOptions.extend({
  count: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be a number from 1 to 999')
    .transform(Number),
});
export type ScheduleNextOptions = z.output<typeof ScheduleNextOptions>;

/** Prints the next times of a schedule, or `{next}`. @throws ReimageError */
export async function runScheduleNext(options: ScheduleNextOptions, { connect, io }: CliDeps): Promise<number> {
  await using client = await connect();
  const next = await client.schedules.next(options.schedule, options.count);
  if (options.output === 'json') io.out(JSON.stringify({ scheduleId: options.schedule, next }));
  else for (const line of nextLines(next)) io.out(line);
  return OK;
}
