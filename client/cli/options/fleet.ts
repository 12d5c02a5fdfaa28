import type { Command } from 'commander';
import * as z from 'zod';
import { RegionId } from '../../../contracts/ids.js';
import { FleetLookup } from '../../fleets/find.js';
import type { FleetNamed } from '../../fleets/fleet-client.js';
import type { FleetOperation } from '../../fleets/operation.js';
import type { CliDeps } from '../io/deps.js';
import { outputOption, OUTPUTS } from './command-table.js';
import { regionOf } from './vm.js';

/** Options that every command about one fleet has. */
export const FleetOptions = z.strictObject({
  fleet: FleetLookup.shape.fleetId,
  region: RegionId.optional(),
  output: z.enum(OUTPUTS),
});
export type FleetOptions = z.output<typeof FleetOptions>;

/** Which fleet is meant. Without a region, written or from the environment, it is looked for in all of them. */
export function fleetNamed({ fleet, region }: Pick<FleetOptions, 'fleet' | 'region'>, deps: CliDeps): FleetNamed {
  const isKnown = region !== undefined || Boolean(deps.env['JDCLOUD_REGION']);
  return { fleetId: fleet, ...(isKnown && { regionId: regionOf({ region }, deps) }) };
}

/** A fleet as one writes it on a command line. */
export function fleetWords({ fleetId, regionId }: Pick<FleetOperation, 'fleetId' | 'regionId'>): string {
  return `${fleetId} --region ${regionId}`;
}

/** Adds what every command about one fleet takes. */
export function aboutOneFleet(command: Command): Command {
  return command
    .argument('<fleet>', 'id of the fleet, or its name: then the one of that name that runs, or ran last')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION, or wherever it is)')
    .addOption(outputOption());
}
