import { Argument, type Command } from 'commander';
import { DECISIONS } from '../../../contracts/decision.js';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { DecideOptions } from '../run-decide.js';
import { runDecide } from '../run-decide.js';
import { neededOption } from '../needed-option.js';
import { outputOption } from '../output-option.js';

const MORE = `
retry     looks again, drives the VM on and checks it again, without another erase
rollback  puts the VM back from its backup, or from the former image; erases the system disk
accept    takes the VM as it is: the rebuild ends as done
give-up   ends the rebuild as failed; the VM stays as it is

\`reimage status\` tells why the rebuild is held, and which of these it waits for. On a terminal,
rollback and accept must be confirmed by typing the VM id.
Exit codes as for rebuild; 5 when the rebuild waits for no such decision, 6 when none is under way.

Example:
  $ reimage decide i-8cjmd27n1s retry --region cn-north-1 --reason "opened port 443"`;

/** Defines `reimage decide`. */
export function defineDecide(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .addArgument(new Argument('<decision>', 'what is done').choices(DECISIONS))
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(neededOption('--reason <text>', 'why; stands in the result'))
    .option('--by <name>', 'who decides; stands in the result (default: USER)')
    .option('--detach', 'return once the decision is taken')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((instance: string, decision: string, options: object) =>
      dispatch(cliCommand('decide', DecideOptions, runDecide), { instance, decision, ...options }),
    );
}
