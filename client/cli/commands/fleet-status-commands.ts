import { Option, type Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { FleetOptions } from '../fleet/fleet-options.js';
import { FleetListOptions, runFleetList } from '../fleet/run-fleet-list.js';
import { FleetStatusOptions, runFleetStatus } from '../fleet/run-fleet-status.js';
import { runFleetWatch } from '../fleet/run-fleet-watch.js';
import { outputOption } from '../output-option.js';
import { aboutOneFleet } from './fleet-arguments.js';

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

/** Defines `reimage fleet status`. */
export function defineFleetStatus(command: Command, { dispatch }: Parsing): void {
  aboutOneFleet(command)
    .option('--no-follow', 'show one screen, and no more')
    .addHelpText('after', STATUS_MORE)
    .action((name: string, options: object) =>
      dispatch(cliCommand('fleet status', FleetStatusOptions, runFleetStatus), { fleet: name, ...options }),
    );
}

/** Defines `reimage fleet watch`. */
export function defineFleetWatch(command: Command, { dispatch }: Parsing): void {
  aboutOneFleet(command)
    .addHelpText('after', WATCH_MORE)
    .action((name: string, options: object) =>
      dispatch(cliCommand('fleet watch', FleetOptions, runFleetWatch), { fleet: name, ...options }),
    );
}

/** Defines `reimage fleet list`. */
export function defineFleetList(command: Command, { dispatch }: Parsing): void {
  command
    .option('--region <region>', 'only this JD Cloud region')
    .addOption(new Option('--running', 'only those under way').conflicts('ended'))
    .option('--ended', 'only those that have ended')
    .option('--limit <number>', 'at most so many', '50')
    .addOption(outputOption())
    .addHelpText('after', LIST_MORE)
    .action((options: object) => dispatch(cliCommand('fleet list', FleetListOptions, runFleetList), { ...options }));
}
