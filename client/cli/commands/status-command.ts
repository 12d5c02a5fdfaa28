import type { Command } from 'commander';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

export function addStatusCommand(parent: Command, dispatch: Dispatch): void {
  parent
    .command('status')
    .description('Show where the rebuild of a VM is, or how the last one ended')
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
    .action((instance: string, options: object) => dispatch('status', { instance, ...options }));
}
