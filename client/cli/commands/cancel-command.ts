import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { VmOptions } from '../vm-options.js';
import { runCancel } from '../run-cancel.js';
import { outputOption } from '../output-option.js';

/** Defines `reimage cancel`. */
export function defineCancel(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .option('--detach', 'return once the cancellation is asked for')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Before the rebuild call the old power state is restored. After it, cancelling comes too late:
the rebuild is carried through, and the exit code is 3.
Exit code 0 when it ended cancelled (with --detach: was asked to), 6 when none is under way.

Example:
  $ reimage cancel i-8cjmd27n1s --region cn-north-1`,
    )
    .action((instance: string, options: object) =>
      dispatch(cliCommand('cancel', VmOptions, runCancel), { instance, ...options }),
    );
}
