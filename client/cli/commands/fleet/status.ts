import { type Command, Option } from 'commander';
import * as z from 'zod';
import { unreadableText } from '../../../../contracts/task-failure.js';
import { ReimageUnreachableError } from '../../../connection/errors.js';
import type { FleetOperation } from '../../../fleets/operation.js';
import type { CliClient, CliDeps } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { oneLine } from '../../io/text.js';
import { outputOption, type Parsing } from '../../options/command-table.js';
import { aboutOneFleet, fleetNamed, FleetOptions } from '../../options/fleet.js';
import { cliCommand } from '../../options/parse-options.js';
import { renderFleetList } from '../../render/fleet.js';
import { stuckLines } from '../../render/operation.js';
import { reportFreeze } from '../freeze.js';
import { ListOptions } from '../list.js';
import { followFleet, reportFleet } from './follow.js';

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

/** What stands on the command line of `fleet status`. */
export const FleetStatusOptions = FleetOptions.extend({ follow: z.boolean() });
export type FleetStatusOptions = z.output<typeof FleetStatusOptions>;

/** One line for each change until the fleet ends; or one screen, and no more. @throws ReimageError */
export async function runFleetStatus(options: FleetStatusOptions, deps: CliDeps): Promise<number> {
  const { output, follow } = options;
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (follow) return await followFleet(client, fleet, { output, isLive: false }, deps);
  if (fleet.isRunning) await reportFreeze(client, deps.io);
  reportFleet(fleet, output, deps.io);
  if (output === 'text') for (const line of await heldLines(client, fleet)) deps.io.out(line);
  return OK;
}

/** The VMs that wait for a person, each with the command that tells why; none where no worker tells them. */
async function heldLines(client: CliClient, fleet: FleetOperation): Promise<string[]> {
  if ((fleet.summary?.held.current ?? 0) === 0) return [];
  try {
    const held = await client.fleets.members(fleet, { states: ['held'] });
    return held.map(({ instanceId }) => `  held      reimage status ${instanceId} --region ${fleet.regionId}`);
  } catch (error) {
    if (error instanceof ReimageUnreachableError) return [];
    throw error;
  }
}

/** What stands on the command line of `fleet list`. */
export const FleetListOptions = ListOptions.omit({ phase: true });
export type FleetListOptions = z.output<typeof FleetListOptions>;

/** Prints a table of fleets, or `{fleets}`. @throws ReimageError */
export async function runFleetList(options: FleetListOptions, { connect, io }: CliDeps): Promise<number> {
  const { region, running, ended, limit, output } = options;
  await using client = await connect();
  const fleets = await client.fleets.list({
    limit,
    ...(region !== undefined && { regionId: region }),
    ...((running === true || ended === true) && { running: running === true }),
  });
  if (output === 'json') {
    io.out(JSON.stringify({ fleets }));
    return OK;
  }
  for (const line of renderFleetList(fleets, io.now(), io.size().width)) io.out(line);
  for (const { fleetId, unreadable } of fleets)
    if (unreadable !== undefined) io.err(`! ${fleetId}: ${oneLine(unreadableText(unreadable))}`);
  for (const { fleetId, taskFailure } of fleets) for (const line of stuckLines(fleetId, taskFailure)) io.err(line);
  return OK;
}

/** Follows a fleet on a live display, or shows how it ended. @throws ReimageError */
export async function runFleetWatch(options: FleetOptions, deps: CliDeps): Promise<number> {
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (fleet.webUrl !== undefined) deps.io.err(`Temporal UI: ${fleet.webUrl}`);
  return await followFleet(client, fleet, { output: options.output, isLive: true }, deps);
}
