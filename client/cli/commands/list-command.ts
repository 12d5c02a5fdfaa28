import { Option, type Command } from 'commander';
import { PHASES } from '../../../contracts/phases.js';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

const HALF = Math.ceil(PHASES.length / 2);

const MORE = `
Phases: ${PHASES.slice(0, HALF).join(', ')},
        ${PHASES.slice(HALF).join(', ')}.

Examples:
  $ reimage list --running
  $ reimage list --phase held
  $ reimage list --region cn-north-1 --phase failed --limit 20 --output json`;

export function addListCommand(parent: Command, dispatch: Dispatch): void {
  parent
    .command('list')
    .description('List rebuilds, under way and ended')
    .option('--region <region>', 'only this JD Cloud region')
    .option('--phase <phase>', 'only those in this phase')
    .addOption(new Option('--running', 'only those under way').conflicts('ended'))
    .option('--ended', 'only those that have ended')
    .option('--limit <number>', 'at most so many', '50')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((options: object) => dispatch('list', { ...options }));
}
