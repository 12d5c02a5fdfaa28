import * as z from 'zod';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import { ReimageUnreachableError } from '../../reimage-errors.js';
import type { CliClient, CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { tellFreeze } from '../render-freeze.js';
import { FleetOptions, fleetNamed } from './fleet-options.js';
import { followFleet, reportFleet } from './follow-fleet.js';

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
  if (fleet.isRunning) await tellFreeze(client, deps.io);
  reportFleet(fleet, output, deps.io);
  if (output === 'text') for (const line of await heldLines(client, fleet)) deps.io.out(line);
  return OK;
}

/** The VMs that wait for a person, each with the command that tells why; none where no worker tells them. */
async function heldLines(client: CliClient, fleet: FleetOperation): Promise<string[]> {
  if ((fleet.summary?.held.now ?? 0) === 0) return [];
  try {
    const held = await client.fleets.members(fleet, { states: ['held'] });
    return held.map(({ instanceId }) => `  held      reimage status ${instanceId} --region ${fleet.regionId}`);
  } catch (error) {
    if (error instanceof ReimageUnreachableError) return [];
    throw error;
  }
}
