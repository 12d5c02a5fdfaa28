import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import type { CallOptions, ClientContext } from '../connection/context.js';
import { failureOf, ReimageInvalidInputError, ReimageNotFoundError, toReimageError } from '../connection/errors.js';
import { readInput } from '../rebuilds/same-request.js';
import type { FleetOperation } from './operation.js';
import { planFleet } from './plan.js';

/** What a fleet was asked to do, the policy as it was asked for included. */
export type AskedFleet = FleetInput & { readonly policy: RolloutPolicy };

/** Who asks for a fleet that is made from another one, and why. */
export interface FollowUp extends CallOptions {
  readonly requestedBy?: string;
  readonly reason?: string;
  /** VMs of the other fleet that are left alone, such as those that there are no more. */
  readonly excludeIds?: readonly string[];
}

/**
 * The VMs of a fleet without those that are to be left alone.
 * @throws ReimageInvalidInputError for one that the fleet does not have: the VM that was meant would be erased
 */
export function withoutExcluded(
  members: readonly MemberProgress[],
  { excludeIds = [] }: FollowUp,
  { fleetId }: FleetOperation,
): MemberProgress[] {
  const known = new Set(members.map(({ instanceId }) => instanceId));
  const stray = excludeIds.filter((id) => !known.has(id));
  if (stray.length > 0) {
    throw new ReimageInvalidInputError(`Fleet ${fleetId} has no VM ${stray.join(', ')} to leave out.`, 'excludeIds');
  }
  return members.filter(({ instanceId }) => !excludeIds.includes(instanceId));
}

/**
 * Plans a fleet over VMs of another one.
 * @throws what {@link planFleet} throws · ReimageNotFoundError `VmNotFound` that tells how to leave out what there is no more
 */
export async function planOver(context: ClientContext, spec: FleetSpec, workerTimeoutMs?: number): Promise<FleetPlan> {
  try {
    return await planFleet(context, spec, workerTimeoutMs);
  } catch (error) {
    if (!(error instanceof ReimageNotFoundError) || error.failure.type !== 'VmNotFound') throw error;
    const next = 'Leave the VMs out that there are no more (excludeIds, or --exclude-ids).';
    throw toReimageError({ ...error.failure, next }, { cause: error });
  }
}

/**
 * Reads what a fleet was asked to do, from the first event of its history.
 * @throws ReimageError `Unexpected` when it cannot be read · ReimageUnreachableError
 */
export async function readFleetInput(context: ClientContext, fleet: FleetOperation): Promise<AskedFleet> {
  const input = FleetInput.safeParse(await readInput(context, fleet));
  if (input.success && input.data.policy !== undefined) return { ...input.data, policy: input.data.policy };
  const message = `This version of Reimage cannot read what fleet ${fleet.fleetId} was asked to do.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the version of Reimage that asked for it.'));
}

/** The spec of a fleet over these VMs of another one, whatever image they have now, by the same policy. */
export function specOver(
  { name, regionId, policy }: AskedFleet,
  instanceIds: readonly string[],
  { requestedBy, reason }: FollowUp,
): Pick<FleetSpec, 'name' | 'regionId' | 'select' | 'skipMatching' | 'rollout' | 'requestedBy' | 'reason'> {
  return {
    name,
    regionId,
    select: { instanceIds: [...instanceIds] },
    skipMatching: false,
    rollout: { ...policy, canary: canaryOf(policy, instanceIds) },
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
  };
}

/** A canary of named VMs keeps those that are still in; with none of them left it is one VM. */
function canaryOf({ canary }: RolloutPolicy, instanceIds: readonly string[]): RolloutPolicy['canary'] {
  if (typeof canary !== 'object') return canary;
  const left = canary.instanceIds.filter((id) => instanceIds.includes(id));
  return left.length === 0 ? 1 : { instanceIds: left };
}
