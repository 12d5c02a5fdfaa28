import { FAILURES } from '../../../contracts/failures.js';
import type { Triggered } from '../../schedule/trigger-schedule.js';
import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { parseOptions } from '../parse-options.js';
import { actOf, ScheduleActOptions } from './schedule-options.js';

const TEXT: Record<Triggered['outcome'], string> = {
  started: 'started',
  skipped: 'skipped: the firing before still runs',
  asked: 'asked for: it waits for the firing before, or the server has not begun it yet',
};

/** `reimage schedule trigger` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runScheduleTrigger(parseOptions(ScheduleActOptions, raw), deps);
}

/** Fires a schedule, and says what came of it. */
export async function runScheduleTrigger(options: ScheduleActOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const act = actOf(options, deps.env);
  await using client = await deps.connect();
  const { outcome, operationId } = await client.schedules.trigger(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify({ outcome, scheduleId: options.schedule, operationId }));
  else io.out(`${options.schedule}: ${TEXT[outcome]}${operationId === null ? '' : ` as ${operationId}`}`);
  io.err(`See what becomes of it: reimage schedule describe ${options.schedule}`);
  return outcome === 'skipped' ? FAILURES.OperationInProgress.exitCode : OK;
}
