import * as z from 'zod';
import { RegionId } from '../../../contracts/ids.js';
import { FleetLookup } from '../../fleet/find-fleet.js';
import type { FleetNamed } from '../../fleet/fleet-client.js';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import type { CliDeps } from '../cli-deps.js';
import { OUTPUTS } from '../output-option.js';
import { regionOf } from '../vm-options.js';

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
