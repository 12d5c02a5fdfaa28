import * as z from 'zod';
import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { parseOptions } from '../parse-options.js';
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

/** `reimage schedule next` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runScheduleNext(parseOptions(ScheduleNextOptions, raw), deps);
}

/** Prints the next times of a schedule, or `{next}`. */
export async function runScheduleNext(options: ScheduleNextOptions, { connect, io }: CliDeps): Promise<number> {
  await using client = await connect();
  const next = await client.schedules.next(options.schedule, options.count);
  if (options.output === 'json') io.out(JSON.stringify({ scheduleId: options.schedule, next }));
  else for (const line of nextLines(next)) io.out(line);
  return OK;
}
