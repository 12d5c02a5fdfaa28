import { ListOptions } from '../run-list.js';
import type * as z from 'zod';
import { unreadableText } from '../../../contracts/unreadable.js';
import type { CliDeps } from '../cli-deps.js';
import { oneLine } from '../display-text.js';
import { OK } from '../exit-codes.js';
import { stuckLines } from '../render-stuck.js';
import { renderFleetList } from './render-fleet-result.js';

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
