import type { Command } from 'commander';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

export function addWatchCommand(parent: Command, dispatch: Dispatch): void {
  parent
    .command('watch')
    .description('Follow the rebuild of a VM to its end, or show how the last one ended')
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit codes as for rebuild. Ctrl-C ends the watching, not the rebuild, with exit code 130.

Example:
  $ reimage watch i-8cjmd27n1s --region cn-north-1`,
    )
    .action((instance: string, options: object) => dispatch('watch', { instance, ...options }));
}
