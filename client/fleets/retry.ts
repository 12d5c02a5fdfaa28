import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { MemberProgress, MemberState } from '../../contracts/fleet/fleet-progress.js';
import type { ClientContext } from '../connection/context.js';
import { failureOf, type ReimageError, toReimageError } from '../connection/errors.js';
import type { FleetLookup } from './find.js';
import { type FollowUp, planOver, readFleetInput, specOver, withoutExcluded } from './follow-up.js';
import type { FleetOperation } from './operation.js';
import { readFleet } from './read.js';
import { isOnWayBack, leftOnWayBack, type LeftOut, rollbackCommand } from './rollback-targets.js';
import { readSettledMembers } from './settled-members.js';
import { refuseIfHeldByAnother, refuseIfRetried } from './start.js';

const FAILED: readonly MemberState[] = ['failed', 'rolled-back', 'cancelled'];
const NEVER_STARTED: readonly MemberState[] = ['waiting', 'deferred'];
/** The fleet was terminated, and the rebuild goes on without it: the plan tells that it is busy. */
const GOES_ON: readonly MemberState[] = ['rebuilding', 'held'];
/** Skipped by the fleet itself: still busy, or changed by somebody else since the plan. */
const LEFT_ALONE = ['OperationInProgress', 'ConcurrentChange'];
/** There is nothing left to rebuild. */
const GONE = ['VmDeleted', 'VmNotFound'];

/** A plan that takes up what a fleet has left, and that fleet. */
export interface RetryPlan {
  readonly plan: FleetPlan;
  readonly retryOf: string;
  /** VMs that the fleet has not come to put back: to move them forward again is not what it had decided. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Plans a new fleet of exactly the VMs that failed in one that has ended, or that it never started: by the same policy
 * and template, onto the same image. VMs that were deleted, those that somebody has skipped, and those that wait to be put
 * back are left out; the last are named.
 * @throws ReimageError `DecisionRefused` while it runs, when it was retried before, or when nothing is left ·
 * ReimageFleetBusyError · ReimageNotFoundError `FleetNotFound` · ReimageUnreachableError (also: no worker)
 */
export async function planRetry(
  context: ClientContext,
  lookup: FleetLookup,
  followUp: FollowUp,
  workerTimeoutMs?: number,
): Promise<RetryPlan> {
  const fleet = await readFleet(context, lookup);
  refuseRetry(fleet);
  await refuseIfRetried(context, fleet);
  await refuseIfHeldByAnother(context, fleet);
  const members = withoutExcluded(await readSettledMembers(context, fleet), followUp, fleet);
  const left = members.filter(isLeft).map(({ instanceId }) => instanceId);
  const leftOut = members.filter(isOnWayBack).map(leftOnWayBack);
  if (left.length === 0) throw nothingLeft(fleet, leftOut);
  const input = await readFleetInput(context, fleet);
  const spec = {
    ...specOver(input, left, followUp),
    image: { id: input.image.imageId },
    rebuild: input.template,
  };
  return { plan: await planOver(context, spec, workerTimeoutMs), retryOf: fleet.fleetId, leftOut };
}

/** Whether a fleet that has ended leaves this VM to a retry. Pure. */
export function isLeft({ state, failure, goal }: MemberProgress): boolean {
  if (isOnWayBack({ state, goal })) return false;
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
  const next = `Take up what is left: ${rollbackCommand({ fleetId: rollbackOf, regionId })}.`;
  throw refused(`Fleet ${fleetId} takes ${rollbackOf} back.`, next);
}

function nothingLeft(fleet: FleetOperation, { length: back }: readonly LeftOut[]): ReimageError {
  const message = `Fleet ${fleet.fleetId} has left nothing: no VM failed, none was never started.`;
  if (back === 0) return refused(message);
  const next = `Go on putting back what it has moved: ${rollbackCommand(fleet)}.`;
  return refused(`${message} Not yet put back: ${back}.`, next);
}

function refused(message: string, next = 'Nothing. See `reimage fleet report`.'): ReimageError {
  return toReimageError(failureOf('DecisionRefused', message, next));
}
