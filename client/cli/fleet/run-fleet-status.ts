import * as z from 'zod';
import type { CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { parseOptions } from '../parse-options.js';
import { tellFreeze } from '../render-freeze.js';
import { FleetOptions, fleetNamed } from './fleet-options.js';
import { followFleet, reportFleet } from './follow-fleet.js';

/** What stands on the command line of `fleet status`. */
export const FleetStatusOptions = FleetOptions.extend({ follow: z.boolean() });
export type FleetStatusOptions = z.output<typeof FleetStatusOptions>;

/** `reimage fleet status` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runFleetStatus(parseOptions(FleetStatusOptions, raw), deps);
}

/** One line for each change until the fleet ends; or one screen, and no more. */
export async function runFleetStatus(options: FleetStatusOptions, deps: CliDeps): Promise<number> {
  const { output, follow } = options;
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (follow) return await followFleet(client, fleet, { output, isLive: false }, deps);
  if (fleet.isRunning) await tellFreeze(client, deps.io);
  reportFleet(fleet, output, deps.io);
  return OK;
}
