import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { fleetOfPlan } from '../../contracts/fleet/fleet-of-plan.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { oneVmValues } from '../../contracts/fleet/one-vm-values.js';
import { parseInput } from '../parse-input.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';

/**
 * What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved.
 * @param told - what who starts it says, in the place of what the plan says
 * @throws ReimageInvalidInputError for a plan by which no VM is rebuilt, that gives a value of one VM to several, or that is
 * too large to be run
 */
export function fleetInputOf(
  plan: FleetPlan,
  told: Partial<Pick<FleetInput, 'requestedBy' | 'reason' | 'retryOf'>> = {},
): FleetInput {
  const { spec, rows } = plan;
  const members = rows.filter(({ wave }) => wave !== null);
  if (members.length === 0) {
    throw new ReimageInvalidInputError(`The plan of ${spec.name} rebuilds no VM: there is nothing to start.`, 'select');
  }
  const [first] = members.length === 1 ? [] : oneVmValues(spec.rebuild, members);
  if (first !== undefined) {
    const field = ['rebuild', ...first.path].join('.');
    throw new ReimageInvalidInputError(`Invalid input: ${field}: ${first.message}`, field);
  }
  return parseInput(FleetInput, { ...fleetOfPlan(plan), ...told });
}
