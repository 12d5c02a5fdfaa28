import { fleetIdOf } from './fleet-ids.js';
import { FleetInput } from './fleet-input.js';
import { packMembers } from './fleet-members.js';
import type { FleetPlan } from './fleet-plan.js';

/** What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved. It may be none. */
export function fleetOfPlan({ spec, digest, image, rows, waves, limits, estimate }: FleetPlan): FleetInput {
  const { name, regionId, rebuild: template, rollout, requestedBy, reason } = spec;
  const { bakeSeconds, onBudgetExhausted, approval, maintenance, maxUnavailable } = rollout;
  const { afterCanary, ...gates } = approval;
  const members = rows
    .filter(({ wave }) => wave !== null)
    .map(({ instanceId, az, group, imageBefore }) => ({ instanceId, az, group, imageBefore, image: image.imageId }));
  return FleetInput.parse({
    fleetId: fleetIdOf(name, digest),
    name,
    regionId,
    planDigest: digest,
    image: { imageId: image.imageId, name: image.name },
    template,
    skipMatching: spec.skipMatching,
    members: packMembers(members),
    waves,
    limits,
    rollout: {
      bakeSeconds,
      lookSeconds: maxUnavailable.lookSeconds,
      onBudgetExhausted,
      approval: { ...gates, afterCanary: afterCanary === 'always' || (afterCanary === 'new-image' && image.isNew) },
      ...(maintenance !== undefined && { maintenance }),
    },
    policy: rollout,
    p90Seconds: estimate.rebuild.p90Seconds,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
  });
}
