import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { FreezeOptions } from '../freeze-options.js';
import { runFreeze } from '../run-freeze.js';
import { runUnfreeze } from '../run-unfreeze.js';
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

/** Defines `reimage freeze`. */
export function defineFreeze(command: Command, { dispatch }: Parsing): void {
  addOptions(command, FREEZE).action((options: object) =>
    dispatch(cliCommand('freeze', FreezeOptions, runFreeze), { ...options }),
  );
}

/** Defines `reimage unfreeze`. */
export function defineUnfreeze(command: Command, { dispatch }: Parsing): void {
  addOptions(command, UNFREEZE).action((options: object) =>
    dispatch(cliCommand('unfreeze', FreezeOptions, runUnfreeze), { ...options }),
  );
}

function addOptions(command: Command, more: string): Command {
  return command
    .addOption(neededOption('--reason <text>', 'why; goes on the record'))
    .option('--by <name>', 'who asks; goes on the record (default: USER)')
    .addOption(outputOption())
    .addHelpText('after', more);
}
