import type { Command } from 'commander';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

const MORE = `
Checks the Temporal server, its search attributes, the workers, the keys of payload encryption, JD Cloud's
endpoint and credentials, the clock and the versions, and says how to mend what is wrong. Touches nothing.
Exit code 0 when nothing fails, 7 when something cannot be reached, 3 when something refuses us.

Example:
  $ reimage doctor --region cn-north-1 --output json`;

export function addDoctorCommand(parent: Command, dispatch: Dispatch): void {
  parent
    .command('doctor')
    .description('Check everything that a rebuild needs')
    .option('--region <region>', 'JD Cloud region to ask (default: JDCLOUD_REGION, else cn-north-1)')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((options: object) => dispatch('doctor', { ...options }));
}
