import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { FleetStartCommandOptions, runFleetStart } from '../fleet/run-fleet-start.js';
import { outputOption } from '../output-option.js';

const START_MORE = `
FILE is a fleet (YAML or JSON), which is planned first, or a plan that \`reimage fleet plan\` has saved. A saved plan
is planned anew and refused where something has changed since (exit code 3), and can be started once only (5).
What is erased is shown first; on a terminal it must be confirmed by typing the name of the fleet.
Exit codes: 0 done, 3 failed, 4 aborted or rejected. Ctrl-C ends the view, not the fleet (130).

Examples:
  $ reimage fleet start web.yaml
  $ reimage fleet start plan.json --yes --detach --output json`;

/** Defines `reimage fleet start`. */
export function defineFleetStart(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<file>', 'fleet file, or plan that was saved')
    .option('--requested-by <name>', 'who asks (default: as the file says, else USER)')
    .option('--reason <text>', 'why, kept with the fleet (default: as the file says)')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', START_MORE)
    .action((file: string, options: object) =>
      dispatch(cliCommand('fleet start', FleetStartCommandOptions, runFleetStart), { file, ...options }),
    );
}
