import type { CliDeps } from '../cli-deps.js';
import { oneLine } from '../display-text.js';
import { OK } from '../exit-codes.js';
import { parseOptions } from '../parse-options.js';
import { actOf, ScheduleActOptions } from './schedule-options.js';

/** `reimage schedule resume` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runScheduleResume(parseOptions(ScheduleActOptions, raw), deps);
}

/** Lets a schedule fire again, and says that it was done. */
export async function runScheduleResume(options: ScheduleActOptions, { connect, env, io }: CliDeps): Promise<number> {
  const act = actOf(options, env);
  await using client = await connect();
  const state = await client.schedules.resume(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify(state));
  else io.out(`${state.scheduleId}: ${oneLine(state.note ?? 'resume')}`);
  return OK;
}
