import type { FleetLimits } from '../../../../contracts/fleet/fleet-limits.js';
import { FleetMembers, type Goal, type MemberChange } from '../../../../workflows/fleet/members.js';
import { fleetInputFor } from '../../../fixtures/fleet-input.js';

/** Where a VM is: zone and group, each one letter, `-` for none. */
export type Spot = `${string}${string}`;

/** A fleet, told shortly. */
export interface Given {
  /** The VMs, in the order of the plan. */
  readonly at?: readonly Spot[];
  readonly waves?: readonly number[];
  /** What has become of some of them, by their place. */
  readonly so?: Readonly<Record<number, MemberChange>>;
  readonly limits?: Partial<FleetLimits>;
  readonly wave?: number;
  readonly goal?: Goal;
}

const NO_LIMITS: FleetLimits = {
  unavailable: { fleet: 1_000 },
  failures: { fleet: 1_000, strict: false },
  held: 1_000,
};

/** The VMs of the fleet, as they are. */
export function membersOf({ at = ['a-', 'a-', 'a-', 'a-'], waves = [at.length], so = {} }: Given): FleetMembers {
  const known = (sign: string | undefined) => (sign === undefined || sign === '-' ? null : sign);
  const members = at.map((spot, index) => ({
    instanceId: `i-${index}`,
    az: known(spot[0]),
    group: known(spot[1]),
    imageBefore: 'img-old',
    image: 'img-new',
  }));
  const sizes = waves.map((size, index) => ({ name: `wave-${index + 1}`, size }));
  const fleet = new FleetMembers(fleetInputFor(members, { waves: sizes }));
  for (const [place, change] of Object.entries(so)) fleet.change(Number(place), change);
  return fleet;
}

/** Its limits; none where none are given. */
export const limitsOf = ({ limits = {} }: Given): FleetLimits => ({ ...NO_LIMITS, ...limits });
