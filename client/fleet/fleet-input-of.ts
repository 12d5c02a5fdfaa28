import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { fleetOfPlan } from '../../contracts/fleet/fleet-of-plan.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';

/**
 * What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved.
 * @throws ReimageInvalidInputError for a plan by which no VM is rebuilt
 */
export function fleetInputOf(plan: FleetPlan): FleetInput {
  if (plan.rows.some(({ wave }) => wave !== null)) return fleetOfPlan(plan);
  throw new ReimageInvalidInputError(
    `The plan of ${plan.spec.name} rebuilds no VM: there is nothing to start.`,
    'select',
  );
}
