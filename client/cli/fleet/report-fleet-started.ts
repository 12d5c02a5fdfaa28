import type { FleetOperation } from '../../fleet/fleet-operation.js';
import type { CliClient, CliDeps } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import { fleetWords, type FleetOptions } from './fleet-options.js';
import { followFleet } from './follow-fleet.js';

export interface FleetStartedOptions extends Pick<FleetOptions, 'output'> {
  readonly detach?: boolean | undefined;
}

/** Says what was started and follows it to its end, unless the options say not to. Gives the exit code. */
export async function reportFleetStarted(
  client: CliClient,
  fleet: FleetOperation,
  { output, detach }: FleetStartedOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  if (fleet.webUrl !== undefined) io.err(`Temporal UI: ${fleet.webUrl}`);
  if (detach !== true) return await followFleet(client, fleet, { output, isLive: true }, deps);
  if (output === 'json') io.out(JSON.stringify({ outcome: 'started', ...fleet }));
  else io.out(`started: ${fleet.fleetId}. Follow it: reimage fleet watch ${fleetWords(fleet)}`);
  return OK;
}
