import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { MemberProgress, MemberState } from '../../contracts/fleet/fleet-progress.js';
import type { ClientContext } from '../client-context.js';
import { failureOf, toReimageError, type ReimageError } from '../reimage-errors.js';
import type { FleetLookup } from './find-fleet.js';
import type { FleetOperation } from './fleet-operation.js';
import { type FollowUp, planOver, readFleetInput, specOver, withoutExcluded } from './read-fleet-input.js';
import { readFleet } from './read-fleet.js';
import { readSettledMembers } from './settled-members.js';

const FAILED: readonly MemberState[] = ['failed', 'rolled-back', 'cancelled'];
const NEVER_STARTED: readonly MemberState[] = ['waiting', 'deferred'];
/** The fleet was terminated, and the rebuild goes on without it: the plan tells that it is busy. */
const GOES_ON: readonly MemberState[] = ['rebuilding', 'held'];
/** Skipped by the fleet itself: still busy, or changed by somebody else since the plan. */
const LEFT_ALONE = ['OperationInProgress', 'ChangedUnderneath'];
/** There is nothing left to rebuild. */
const GONE = ['VmDeleted', 'VmNotFound'];

/** A plan that takes up what a fleet has left, and that fleet. */
export interface RetryPlan {
  readonly plan: FleetPlan;
  readonly retryOf: string;
}

/**
 * Plans a new fleet of exactly the VMs that failed in one that has ended, or that it never started: by the same policy
 * and template, onto the same image. VMs that were deleted, and those that somebody has skipped, are left out.
 * @throws ReimageError `DecisionRefused` while it runs, or when nothing is left · ReimageNotFoundError `FleetNotFound`
 * · ReimageUnreachableError (also: no worker)
 */
export async function planRetry(
  context: ClientContext,
  lookup: FleetLookup,
  followUp: FollowUp,
  workerTimeoutMs?: number,
): Promise<RetryPlan> {
  const fleet = await readFleet(context, lookup);
  refuseRetry(fleet);
  const members = withoutExcluded(await readSettledMembers(context, fleet), followUp, fleet);
  const left = members.filter(isLeft).map(({ instanceId }) => instanceId);
  if (left.length === 0)
    throw refused(`Fleet ${fleet.fleetId} has left nothing: no VM failed, none was never started.`);
  const input = await readFleetInput(context, fleet);
  const spec = {
    ...specOver(input, left, followUp),
    image: { id: input.image.imageId },
    rebuild: input.template,
  };
  return { plan: await planOver(context, spec, workerTimeoutMs), retryOf: fleet.fleetId };
}

/** Whether a fleet that has ended leaves this VM to a retry. Pure. */
export function isLeft({ state, failure }: MemberProgress): boolean {
  if (failure !== null && GONE.includes(failure)) return false;
  const isLeftAlone = state === 'skipped' && failure !== null && LEFT_ALONE.includes(failure);
  return [...FAILED, ...NEVER_STARTED, ...GOES_ON].includes(state) || isLeftAlone;
}

function refuseRetry({ isRunning, rollbackOf, fleetId, regionId }: FleetOperation): void {
  if (isRunning) {
    const next = `Put them back in its own queue: \`reimage fleet retry-failed ${fleetId} --region ${regionId}\`.`;
    throw refused(`Fleet ${fleetId} is still under way.`, next);
  }
  if (rollbackOf === null) return;
  const next = `Take up what is left: \`reimage fleet rollback ${rollbackOf} --region ${regionId}\`.`;
  throw refused(`Fleet ${fleetId} takes ${rollbackOf} back.`, next);
}

function refused(message: string, next = 'Nothing. See `reimage fleet report`.'): ReimageError {
  return toReimageError(failureOf('DecisionRefused', message, next));
}
