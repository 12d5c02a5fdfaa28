import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { DoctorOptions } from '../run-doctor.js';
import { runDoctor } from '../run-doctor.js';
import { outputOption } from '../output-option.js';

const MORE = `
Checks the Temporal server, its search attributes, the workers, the keys of payload encryption, JD Cloud's
endpoint and credentials, the clock and the versions, and says how to mend what is wrong. Touches nothing.
Exit code 0 when nothing fails, 7 when something cannot be reached, 3 when something refuses us.

Example:
  $ reimage doctor --region cn-north-1 --output json`;

/** Defines `reimage doctor`. */
export function defineDoctor(command: Command, { dispatch }: Parsing): void {
  command
    .option('--region <region>', 'JD Cloud region to ask (default: JDCLOUD_REGION, else cn-north-1)')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((options: object) => dispatch(cliCommand('doctor', DoctorOptions, runDoctor), { ...options }));
}
