import type { CliDeps } from '../cli-deps.js';
import { oneLine } from '../display-text.js';
import { OK } from '../exit-codes.js';
import type { ScheduleActOptions } from './schedule-options.js';
import { actOf } from './schedule-options.js';

/** Pauses a schedule, and says that it was done. @throws ReimageError */
export async function runSchedulePause(options: ScheduleActOptions, { connect, env, io }: CliDeps): Promise<number> {
  const act = actOf(options, env);
  await using client = await connect();
  const state = await client.schedules.pause(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify(state));
  else io.out(`${state.scheduleId}: ${oneLine(state.note ?? 'pause')}`);
  return OK;
}
