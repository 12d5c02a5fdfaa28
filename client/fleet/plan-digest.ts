import { canonicalDigest } from '../../contracts/canonical-digest.js';
import { digestedOf, rowGroupsOf } from '../../contracts/fleet/digest-parts.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';

/**
 * The digest of a plan: SHA-256, in hex, over the canonical JSON of everything else in it, each hundred of its rows by
 * their own such digest. Two plans of one fleet have two, since each has an id and a time of its own.
 */
export function planDigest(plan: FleetPlan): string {
  return canonicalDigest(digestedOf(plan, rowGroupsOf(plan).map(canonicalDigest)));
}
