import type { CliDeps } from '../cli-deps.js';
import { parseOptions } from '../parse-options.js';
import { FleetOptions, fleetNamed } from './fleet-options.js';
import { followFleet } from './follow-fleet.js';

/** `reimage fleet watch` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runFleetWatch(parseOptions(FleetOptions, raw), deps);
}

/** Follows a fleet on a live display, or shows how it ended. */
export async function runFleetWatch(options: FleetOptions, deps: CliDeps): Promise<number> {
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (fleet.webUrl !== undefined) deps.io.err(`Temporal UI: ${fleet.webUrl}`);
  return await followFleet(client, fleet, { output: options.output, isLive: true }, deps);
}
