import type { Command } from 'commander';
import type { CliCommand, Parsing } from '../command-names.js';
import { outputOption } from '../output-option.js';

/** Adds what every command about one schedule takes, and what it does. */
export function aboutOneSchedule(command: Command, { dispatch }: Parsing, whole: CliCommand): Command {
  return command
    .argument('<schedule>', 'id of the schedule')
    .addOption(outputOption())
    .action((schedule: string, options: object) => dispatch(whole, { schedule, ...options }));
}
