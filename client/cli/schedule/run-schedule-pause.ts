import type { CliDeps } from '../cli-deps.js';
import { oneLine } from '../display-text.js';
import { OK } from '../exit-codes.js';
import { parseOptions } from '../parse-options.js';
import { actOf, ScheduleActOptions } from './schedule-options.js';

/** `reimage schedule pause` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runSchedulePause(parseOptions(ScheduleActOptions, raw), deps);
}

/** Pauses a schedule, and says that it was done. */
export async function runSchedulePause(options: ScheduleActOptions, { connect, env, io }: CliDeps): Promise<number> {
  const act = actOf(options, env);
  await using client = await connect();
  const state = await client.schedules.pause(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify(state));
  else io.out(`${state.scheduleId}: ${oneLine(state.note ?? 'pause')}`);
  return OK;
}
