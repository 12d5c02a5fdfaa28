import { Option, type Command } from 'commander';
import { PHASES } from '../../../contracts/phases.js';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { ListOptions } from '../run-list.js';
import { runList } from '../run-list.js';
import { outputOption } from '../output-option.js';

const HALF = Math.ceil(PHASES.length / 2);

const MORE = `
Phases: ${PHASES.slice(0, HALF).join(', ')},
        ${PHASES.slice(HALF).join(', ')}.

Examples:
  $ reimage list --running
  $ reimage list --phase held
  $ reimage list --region cn-north-1 --phase failed --limit 20 --output json`;

/** Defines `reimage list`. */
export function defineList(command: Command, { dispatch }: Parsing): void {
  command
    .option('--region <region>', 'only this JD Cloud region')
    .option('--phase <phase>', 'only those in this phase')
    .addOption(new Option('--running', 'only those under way').conflicts('ended'))
    .option('--ended', 'only those that have ended')
    .option('--limit <number>', 'at most so many', '50')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((options: object) => dispatch(cliCommand('list', ListOptions, runList), { ...options }));
}
