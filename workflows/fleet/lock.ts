import { ActivityFailure, ApplicationFailure, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { FailureType } from '../../contracts/failures.js';
import type { Claim } from '../../contracts/fleet-failures.js';
import { fleetWorkflowId, nameOfFleet, planClaimId, retryClaimId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { leastPayloadOf } from '../../contracts/fleet/rollout-policy.js';
import { MEMO } from '../../contracts/names.js';
import { factsOf } from '../runtime/failures.js';
import { refuseOtherId } from '../runtime/own-id.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { Fleet } from './fleet-context.js';

/** How long a claim is tried for. */
const CLAIM_WITHIN_MS = 600_000;

/** Whether this run is the first one of its fleet, which takes the lock and makes the claims. */
export function takesLock(): boolean {
  return workflowInfo().continuedFromExecutionRunId === undefined;
}

/** Under any other workflow id the fleet would run beside the one that holds the lock. @throws ApplicationFailure InvalidInput */
export function refuseOtherLock(input: FleetInput): void {
  refuseOtherId(fleetWorkflowId(input), HOW_TO_START);
  if (nameOfFleet(input.fleetId) === input.name) return;
  const message = `Invalid fleet. fleetId must be ${input.name}, a dash, and the first eight characters of the plan's digest.`;
  throw ApplicationFailure.nonRetryable(message, 'InvalidInput');
}

const HOW_TO_START = 'Under another id it would hold no lock. Use `reimage fleet start` or the library.';

/**
 * Makes the claims of a fleet before anything else: on its plan and, as a retry, on the fleet that it takes up. Where one
 * is another's the fleet is to end, and has touched nothing. A fleet that was reset finds its own.
 */
export async function makeClaims({ input, record }: Fleet): Promise<void> {
  const { regionId, fleetId, retryOf } = input;
  const refuse = (type: FailureType, message: string) => {
    upsertMemo({ [MEMO.refused]: type });
    record.end({ type, message, now: false, isRolledBack: false });
  };
  try {
    const plan = await claimOf(planClaimId(input), fleetId, leastPayloadOf(input));
    if (!isOwn(plan)) return refuse('PlanUsed', `The plan was started before, as fleet ${plan.fleetId}.`);
    if (retryOf === undefined) return;
    const retry = await claimOf(retryClaimId({ regionId, fleetId: retryOf }), fleetId);
    if (!isOwn(retry)) refuse('DecisionRefused', `Fleet ${retryOf} was retried before, as fleet ${retry.fleetId}.`);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { type, message } = factsOf(error, 'validating');
    refuse(type, message);
  }
}

async function claimOf(claimId: string, fleetId: string, payloadBytes?: number): Promise<Claim> {
  const holder = workflowInfo().firstExecutionRunId;
  return await activitiesUnder('call', CLAIM_WITHIN_MS).makeClaim({
    claimId,
    holder,
    fleetId,
    ...(payloadBytes !== undefined && { payloadBytes }),
  });
}

function isOwn({ holder }: Claim): boolean {
  return holder === workflowInfo().firstExecutionRunId;
}
