import { Option, type Command } from 'commander';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

const START_MORE = `
FILE is a fleet (YAML or JSON), which is planned first, or a plan that \`reimage fleet plan\` has saved. A saved plan
is planned anew and refused where something has changed since (exit code 3), and can be started once only (5).
What is erased is shown first; on a terminal it must be confirmed by typing the name of the fleet.
Exit codes: 0 done, 3 failed, 4 aborted or rejected. Ctrl-C ends the view, not the fleet (130).

Examples:
  $ reimage fleet start web.yaml
  $ reimage fleet start plan.json --yes --detach --output json`;

const STATUS_MORE = `
Exit codes: 0 done, 3 failed, 4 aborted or rejected; with --no-follow 0 whatever is shown. 6: no such fleet.

Examples:
  $ reimage fleet status web-2026-12
  $ reimage fleet status web-2026-12-1f0c53d5 --region cn-north-1 --no-follow --output json`;

const WATCH_MORE = `
On a terminal a live display: where the fleet is and why, and each VM that is under way, held, failed or deferred.
Elsewhere one line for each change. Exit codes as for \`fleet status\`.

Example:
  $ reimage fleet watch web-2026-12`;

const LIST_MORE = `
Examples:
  $ reimage fleet list --running
  $ reimage fleet list --region cn-north-1 --limit 20 --output json`;

/** Adds the commands that start and show fleets. */
export function addFleetRunCommands(fleet: Command, dispatch: Dispatch): void {
  addStart(fleet, dispatch);
  aboutOne(fleet, 'status', 'Print one line for each change of a fleet until it ends')
    .option('--no-follow', 'show one screen, and no more')
    .addHelpText('after', STATUS_MORE)
    .action((name: string, options: object) => dispatch('fleet status', { fleet: name, ...options }));
  aboutOne(fleet, 'watch', 'Follow a fleet to its end on a live display')
    .addHelpText('after', WATCH_MORE)
    .action((name: string, options: object) => dispatch('fleet watch', { fleet: name, ...options }));
  fleet
    .command('list')
    .description('List fleets, under way and ended')
    .option('--region <region>', 'only this JD Cloud region')
    .addOption(new Option('--running', 'only those under way').conflicts('ended'))
    .option('--ended', 'only those that have ended')
    .option('--limit <number>', 'at most so many', '50')
    .addOption(outputOption())
    .addHelpText('after', LIST_MORE)
    .action((options: object) => dispatch('fleet list', { ...options }));
}

/** A command about one fleet, with what all of them take. */
export function aboutOne(fleet: Command, name: string, description: string): Command {
  return fleet
    .command(name)
    .description(description)
    .argument('<fleet>', 'id of the fleet, or its name: then the one of that name that runs, or ran last')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION, or wherever it is)')
    .addOption(outputOption());
}

function addStart(fleet: Command, dispatch: Dispatch): void {
  fleet
    .command('start')
    .description('Start a fleet, or a plan of one, and follow it to its end')
    .argument('<file>', 'fleet file, or plan that was saved')
    .option('--requested-by <name>', 'who asks (default: as the file says, else USER)')
    .option('--reason <text>', 'why, kept with the fleet (default: as the file says)')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', START_MORE)
    .action((file: string, options: object) => dispatch('fleet start', { file, ...options }));
}
