import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { fleetOfPlan } from '../../contracts/fleet/fleet-of-plan.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { parseInput } from '../parse-input.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';

/**
 * What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved.
 * @throws ReimageInvalidInputError for a plan by which no VM is rebuilt, or that is too large to be run
 */
export function fleetInputOf(plan: FleetPlan): FleetInput {
  if (plan.rows.some(({ wave }) => wave !== null)) return parseInput(FleetInput, fleetOfPlan(plan));
  throw new ReimageInvalidInputError(
    `The plan of ${plan.spec.name} rebuilds no VM: there is nothing to start.`,
    'select',
  );
}
