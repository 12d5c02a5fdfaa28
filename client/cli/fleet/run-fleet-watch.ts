import type { CliDeps } from '../cli-deps.js';
import type { FleetOptions } from './fleet-options.js';
import { fleetNamed } from './fleet-options.js';
import { followFleet } from './follow-fleet.js';

/** Follows a fleet on a live display, or shows how it ended. @throws ReimageError */
export async function runFleetWatch(options: FleetOptions, deps: CliDeps): Promise<number> {
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (fleet.webUrl !== undefined) deps.io.err(`Temporal UI: ${fleet.webUrl}`);
  return await followFleet(client, fleet, { output: options.output, isLive: true }, deps);
}
