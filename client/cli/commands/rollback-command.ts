import { Option, type Command } from 'commander';
import { WAYS_BACK } from '../../../contracts/decision.js';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { RollbackCommandOptions } from '../run-rollback.js';
import { runRollback } from '../run-rollback.js';
import { outputOption } from '../output-option.js';
import { addLoginOptions } from './login-options.js';

const MORE = `
A rebuild that is held is told to roll back. After one that has ended a new rebuild is started, onto the
backup of the last one, or where there is none onto the image that the VM had before: then all that was on
the system disk is lost. It is checked by the health checks of the last one, and left as it is when it fails.

What is erased is shown first; on a terminal it must be confirmed by typing the VM id.
Only the image that the last rebuild put on is erased: with another one on it somebody has changed the VM
since, and it is refused unless --from-image names that image.

A backup holds its own login; a former image gets the login that the last rebuild was asked with, unless
another is said. Exit codes as for rebuild; 6 when there is nothing to roll back.

Examples:
  $ reimage rollback i-8cjmd27n1s --region cn-north-1 --reason "ticket 4711"
  $ reimage rollback i-8cjmd27n1s --dry-run
  $ reimage rollback i-8cjmd27n1s --to former-image --key ops --yes --output json
  $ reimage rollback i-8cjmd27n1s --from-image img-w1q0000031`;

/** Defines `reimage rollback`. */
export function defineRollback(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(new Option('--to <what>', 'only this (default: the backup, else the former image)').choices(WAYS_BACK))
    .addOption(new Option('--image <id>', 'this image, whatever the last rebuild was').conflicts('to'))
    .option('--from-image <id>', 'the image that the VM has now and may lose (default: what the last rebuild put on)');
  addLoginOptions(command)
    .option('--reason <text>', 'why, kept with the rebuild')
    .option('--requested-by <name>', 'who asks (default: USER)')
    .option('--request-id <id>', 'your id of this request; makes the command safe to repeat')
    .option('--override-protection <reason>', 'put a VM back that is tagged reimage-protected, and say why')
    .option('--dry-run', 'show the way back and what it would erase; touch nothing')
    .option('--detach', 'return once it is started, or decided')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((instance: string, options: object) =>
      dispatch(cliCommand('rollback', RollbackCommandOptions, runRollback), { instance, ...options }),
    );
}
