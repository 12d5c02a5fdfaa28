import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { runScheduleTrigger } from '../schedule/run-schedule-trigger.js';
import { ScheduleTriggerOptions } from '../schedule/schedule-options.js';
import { aboutOneSchedule } from './schedule-arguments.js';

const TRIGGER_MORE = `
Shown first is what the firing would do now, as by \`reimage fleet plan\`; then the name of the fleet must be typed, unless
--yes. While the firing before still runs it is skipped (exit code 5), or waits for it, by the overlap policy.

Example:
  $ reimage schedule trigger web-nightly --reason "ticket 4711"`;

/** Defines `reimage schedule trigger`. */
export function defineScheduleTrigger(command: Command, parsing: Parsing): void {
  const trigger = cliCommand('schedule trigger', ScheduleTriggerOptions, runScheduleTrigger);
  aboutOneSchedule(command, parsing, trigger)
    .requiredOption('--reason <text>', 'why; is told by the firing, not encrypted')
    .option('--by <name>', 'who asks (default: USER)')
    .option('--no-plan', 'do not show what a firing would do now; that needs a worker')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', TRIGGER_MORE);
}
