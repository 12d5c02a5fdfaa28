import { fleetIdOf } from '../../contracts/fleet/fleet-ids.js';
import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { packMembers } from '../../contracts/fleet/fleet-members.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';

/**
 * What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved.
 * @throws ReimageInvalidInputError for a plan by which no VM is rebuilt
 */
export function fleetInputOf({ spec, digest, image, rows, waves, limits, estimate }: FleetPlan): FleetInput {
  const members = rows.filter(({ wave }) => wave !== null);
  if (members.length === 0) {
    throw new ReimageInvalidInputError(`The plan of ${spec.name} rebuilds no VM: there is nothing to start.`, 'select');
  }
  const { name, regionId, rebuild: template, rollout, requestedBy, reason } = spec;
  const { bakeSeconds, onBudgetExhausted, approval, maintenance, maxUnavailable } = rollout;
  const { afterCanary, ...gates } = approval;
  return FleetInput.parse({
    fleetId: fleetIdOf(name, digest),
    name,
    regionId,
    planDigest: digest,
    image: { imageId: image.imageId, name: image.name },
    template,
    members: packMembers(
      members.map(({ instanceId, az, group, imageBefore }) => ({
        instanceId,
        az,
        group,
        imageBefore,
        image: image.imageId,
      })),
    ),
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
