import type { Command } from 'commander';
import type { CommandName, Dispatch } from '../command-names.js';
import { neededOption } from '../needed-option.js';
import { outputOption } from '../output-option.js';

const FREEZE = `
Needs no worker, and holds without one. A namespace has one freeze: where somebody else has
frozen it, the command says who, and exits with 0. A rebuild that is refused for it fails as
\`Frozen\` (exit code 5) with nothing touched; fleets wait for its end.

Example:
  $ reimage freeze --reason "storage incident"`;

const UNFREEZE = `
Needs a worker. Exits with 0 also when the namespace is not frozen.

Example:
  $ reimage unfreeze --reason "storage is well again"`;

/** Adds `freeze` and `unfreeze`. */
export function addFreezeCommands(parent: Command, dispatch: Dispatch): void {
  add(parent, dispatch, 'freeze', 'Let no rebuild begin in the namespace; those under way finish', FREEZE);
  add(parent, dispatch, 'unfreeze', 'Let rebuilds begin again', UNFREEZE);
}

function add(parent: Command, dispatch: Dispatch, name: CommandName, description: string, more: string): void {
  parent
    .command(name)
    .description(description)
    .addOption(neededOption('--reason <text>', 'why; goes on the record'))
    .option('--by <name>', 'who asks; goes on the record (default: USER)')
    .addOption(outputOption())
    .addHelpText('after', more)
    .action((options: object) => dispatch(name, { ...options }));
}
