import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { VmOptions } from '../vm-options.js';
import { runStatus } from '../run-status.js';
import { outputOption } from '../output-option.js';

/** Defines `reimage status`. */
export function defineStatus(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit code 0 whatever is shown; 6 when no rebuild of the VM is known.

Example:
  $ reimage status i-8cjmd27n1s --region cn-north-1 --output json`,
    )
    .action((instance: string, options: object) =>
      dispatch(cliCommand('status', VmOptions, runStatus), { instance, ...options }),
    );
}
