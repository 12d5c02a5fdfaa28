import { fleetOfPlan } from '../../contracts/fleet/fleet-of-plan.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { whyTooLarge } from '../../contracts/fleet/fleet-size.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { jsonBytes } from '../../contracts/payload-size.js';

/** Bytes of requests that one plan may send to activities: Temporal ends a history of 50 MB. */
const MOST_REQUEST_BYTES = 25_000_000;

/** Why no plan is made: what each request says of all VMs would make too long a history; null: it fits. Pure. */
export function whyNotPlanned(
  spec: Pick<FleetSpec, 'rebuild' | 'rollout'>,
  { vms, requests }: { readonly vms: number; readonly requests: number },
): string | null {
  const bytes = jsonBytes(spec);
  if (requests * bytes <= MOST_REQUEST_BYTES) return null;
  const most = Math.floor(MOST_REQUEST_BYTES / requests);
  return `rebuild: is too large: for ${vms} VMs \`rebuild\` and \`rollout\` may be ${most} bytes of JSON, and are ${bytes}.`;
}

/** Why the fleet of a plan could not be run; null: it fits. Pure. */
export function whyNotRun(plan: FleetPlan): string | null {
  const why = whyTooLarge(fleetOfPlan(plan));
  return why === null ? null : `rebuild: ${why}`;
}
