import type { Command } from 'commander';
import type { CliCommand, Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { neededOption } from '../needed-option.js';
import { outputOption } from '../output-option.js';
import { runScheduleDelete, ScheduleDeleteOptions } from '../schedule/run-schedule-delete.js';
import { runScheduleDescribe } from '../schedule/run-schedule-describe.js';
import { runScheduleList, ScheduleListOptions } from '../schedule/run-schedule-list.js';
import { runScheduleNext, ScheduleNextOptions } from '../schedule/run-schedule-next.js';
import { runSchedulePause } from '../schedule/run-schedule-pause.js';
import { runScheduleResume } from '../schedule/run-schedule-resume.js';
import { ScheduleActOptions, ScheduleOptions } from '../schedule/schedule-options.js';
import { aboutOneSchedule } from './schedule-arguments.js';

const LIST_MORE = `
FIRED are firings that were started, MISSED those that were due while the server was away for too long, SKIPPED those
that were due while the one before still ran.

Example:
  $ reimage schedule list --output json`;

const NEXT_MORE = `
By the server's own reckoning; of a schedule that is paused, those at which it would fire.

Example:
  $ reimage schedule next web-nightly --count 20`;

const DELETE_MORE = `
Fleets that it has started go on. The id must be typed, unless --yes.

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
    .addHelpText('after', DELETE_MORE);
}

/** Defines `reimage schedule next`. */
export function defineScheduleNext(command: Command, parsing: Parsing): void {
  aboutOneSchedule(command, parsing, cliCommand('schedule next', ScheduleNextOptions, runScheduleNext))
    .option('--count <number>', 'how many', '10')
    .addHelpText('after', NEXT_MORE);
}
