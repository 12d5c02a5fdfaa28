import { digestedOf, rowGroupsOf } from '../../contracts/fleet/digest-parts.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { activitiesUnder } from '../retry-policies.js';
import { inLanes } from './in-lanes.js';

const DIGEST_DEADLINE_MS = 600_000;

/** The digest of a plan, as the library reckons it for a plan that it reads. @throws ActivityFailure */
export async function digestOfPlan(plan: FleetPlan): Promise<string> {
  const { digest } = activitiesUnder('call', DIGEST_DEADLINE_MS);
  return await digest(digestedOf(plan, await inLanes(rowGroupsOf(plan), (rows) => digest(rows))));
}
