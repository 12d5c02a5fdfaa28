import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { VmOptions } from '../vm-options.js';
import { runWatch } from '../run-watch.js';
import { outputOption } from '../output-option.js';

/** Defines `reimage watch`. */
export function defineWatch(command: Command, { dispatch }: Parsing): void {
  command
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
    .action((instance: string, options: object) =>
      dispatch(cliCommand('watch', VmOptions, runWatch), { instance, ...options }),
    );
}
