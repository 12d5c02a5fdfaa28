import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { CliDeps } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { confirm, requireConfirmer } from '../../io/terminal.js';
import { oneLine } from '../../io/text.js';
import { type CliCommand, outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { cliCommand, neededOption } from '../../options/parse-options.js';
import { nextLines, renderSchedule, renderScheduleList } from '../../render/schedule.js';
import { aboutOneSchedule, actOf, ScheduleActOptions, ScheduleOptions } from './trigger.js';

const LIST_MORE = `
FIRED are firings that were started, MISSED those that were due while the server was away for too long, SKIPPED those
that were due while the one before still ran.

Example:
  $ reimage schedule list --output json`;

const NEXT_MORE = `
As the server computes them; of a schedule that is paused, those at which it would fire.

Example:
  $ reimage schedule next web-nightly --count 20`;

const DELETE_MORE = `
Fleets that it has started go on. The id must be typed, unless --yes. Nothing is left that could say who has deleted it,
and why: where that has to stand on the record, pause it by \`schedule pause --reason TEXT --by NAME\` instead.

Example:
  $ reimage schedule delete web-nightly --yes`;

/** Defines `reimage schedule list`. */
export function defineScheduleList(command: Command, { dispatch }: Parsing): void {
  command
    .addOption(outputOption())
    .addHelpText('after', LIST_MORE)
    .action((options: object) =>
      dispatch(cliCommand('schedule list', ScheduleListOptions, runScheduleList), { ...options }),
    );
}

/** Defines `reimage schedule describe`. */
export function defineScheduleDescribe(command: Command, parsing: Parsing): void {
  const describe = cliCommand('schedule describe', ScheduleOptions, runScheduleDescribe);
  aboutOneSchedule(command, parsing, describe).addHelpText(
    'after',
    '\nExample:\n  $ reimage schedule describe web-nightly',
  );
}

/** Defines `reimage schedule pause`. */
export function defineSchedulePause(command: Command, parsing: Parsing): void {
  const pause = cliCommand('schedule pause', ScheduleActOptions, runSchedulePause);
  addAct(command, parsing, pause, 'Ends by `schedule resume`.');
}

/** Defines `reimage schedule resume`. */
export function defineScheduleResume(command: Command, parsing: Parsing): void {
  const resume = cliCommand('schedule resume', ScheduleActOptions, runScheduleResume);
  addAct(command, parsing, resume, 'What was due meanwhile is not made up for.');
}

function addAct(command: Command, parsing: Parsing, act: CliCommand, more: string): void {
  aboutOneSchedule(command, parsing, act)
    .addOption(neededOption('--reason <text>', 'why; becomes the note of the schedule, which is not encrypted'))
    .option('--by <name>', 'who asks (default: USER)')
    .addHelpText('after', `\n${more}\n\nExample:\n  $ reimage ${act.name} web-nightly --reason "storage works"`);
}

/** Defines `reimage schedule delete`. */
export function defineScheduleDelete(command: Command, parsing: Parsing): void {
  aboutOneSchedule(command, parsing, cliCommand('schedule delete', ScheduleDeleteOptions, runScheduleDelete))
    .option('--yes', 'do not ask for confirmation')
    .addOption(new Option('--by <name>').hideHelp())
    .addOption(new Option('--reason <text>').hideHelp())
    .addHelpText('after', DELETE_MORE);
}

/** Defines `reimage schedule next`. */
export function defineScheduleNext(command: Command, parsing: Parsing): void {
  aboutOneSchedule(command, parsing, cliCommand('schedule next', ScheduleNextOptions, runScheduleNext))
    .option('--count <number>', 'how many', '10')
    .addHelpText('after', NEXT_MORE);
}

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

/** Other acts take it. Taken here, and kept nowhere, it would be missed when somebody looks for it. */
function notRecorded() {
  const message =
    'a schedule that is deleted leaves nothing that could keep it; to have it on the record, pause the schedule instead: schedule pause';
  return z
    .string()
    .optional()
    .refine((said) => said === undefined, message);
}

/** What stands on the command line of `schedule delete`. */
export const ScheduleDeleteOptions = ScheduleOptions.extend({
  yes: z.boolean().optional(),
  by: notRecorded(),
  reason: notRecorded(),
});
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

/** Pauses a schedule, and says that it was done. @throws ReimageError */
export async function runSchedulePause(options: ScheduleActOptions, { connect, env, io }: CliDeps): Promise<number> {
  const act = actOf(options, env);
  await using client = await connect();
  const state = await client.schedules.pause(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify(state));
  else io.out(`${state.scheduleId}: ${oneLine(state.note ?? 'pause')}`);
  return OK;
}

/** Lets a schedule fire again, and says that it was done. @throws ReimageError */
export async function runScheduleResume(options: ScheduleActOptions, { connect, env, io }: CliDeps): Promise<number> {
  const act = actOf(options, env);
  await using client = await connect();
  const state = await client.schedules.resume(options.schedule, act);
  if (options.output === 'json') io.out(JSON.stringify(state));
  else io.out(`${state.scheduleId}: ${oneLine(state.note ?? 'resume')}`);
  return OK;
}
