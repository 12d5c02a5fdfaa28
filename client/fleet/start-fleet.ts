import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { fleetIdOf, fleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { fleetMemoOf, fleetSearchAttributesOf, fleetSummaryOf } from '../../contracts/fleet/fleet-start.js';
import { WORKFLOW } from '../../contracts/names.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { failureOf, ReimageInvalidInputError, toReimageError, type ReimageError } from '../reimage-errors.js';
import { describeFleet } from './find-fleet.js';
import { fleetInputOf } from './fleet-input-of.js';
import type { FleetOperation } from './fleet-operation.js';
import { planDigest } from './plan-digest.js';
import { planFleet } from './plan-fleet.js';
import { fleetOf } from './read-fleet.js';
import { whatChanged } from './what-changed.js';

/** Changes that a refusal tells. */
const MOST_CHANGES = 10;

export interface FleetStartOptions {
  /** Who starts it, where that is not who planned it: an approval may have to come from somebody else. */
  readonly requestedBy?: string;
  /** Why; instead of what the plan says. */
  readonly reason?: string;
  /** The fleet whose failed and never started VMs this one takes up. */
  readonly retryOf?: string;
  /** Plan anew first, and refuse what has changed. False only for a plan that was made just now. @default true */
  readonly replan?: boolean;
  readonly workerTimeoutMs?: number;
}

/**
 * Starts the fleet of a plan, once. Returns at once: the fleet goes on without us.
 * @throws ReimageError `PlanUsed` when the plan was started before, `PlanStale` when it would be another one now ·
 * ReimageInvalidInputError for a plan that was changed by hand, or rebuilds no VM · ReimageUnreachableError
 */
export async function startPlan(
  context: ClientContext,
  plan: FleetPlan,
  { requestedBy, reason, retryOf, replan = true, workerTimeoutMs }: FleetStartOptions = {},
): Promise<FleetOperation> {
  if (planDigest(plan) !== plan.digest) {
    throw new ReimageInvalidInputError('The plan is not what its digest says: it was changed. Plan again.', 'digest');
  }
  const ref = { regionId: plan.spec.regionId, fleetId: fleetIdOf(plan.spec.name, plan.digest) };
  if ((await describeFleet(context, fleetWorkflowId(ref))) !== null) throw used(ref);
  const input = {
    ...fleetInputOf(plan),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
    ...(retryOf !== undefined && { retryOf }),
  };
  if (replan) refuseIfStale(plan, await planFleet(context, plan.spec, workerTimeoutMs));
  return await startInput(context, input);
}

/**
 * Starts `reimageFleet`, unless its plan was started before.
 * @throws ReimageError `PlanUsed` · ReimageUnreachableError
 */
export async function startInput(context: ClientContext, input: FleetInput): Promise<FleetOperation> {
  const workflowId = fleetWorkflowId(input);
  await callTemporal(context, async () => {
    try {
      await context.client.workflow.start(WORKFLOW.reimageFleet, {
        workflowId,
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        taskQueue: context.taskQueue,
        args: [input],
        typedSearchAttributes: fleetSearchAttributesOf(input),
        memo: fleetMemoOf(input),
        staticSummary: fleetSummaryOf(input),
      });
    } catch (error) {
      throw error instanceof WorkflowExecutionAlreadyStartedError ? used(input) : error;
    }
  });
  const description = await describeFleet(context, workflowId);
  if (description !== null) return fleetOf(context, description);
  throw toReimageError(failureOf('Unexpected', `${workflowId} was started, and is not there.`));
}

function refuseIfStale(shown: FleetPlan, now: FleetPlan): void {
  const changes = whatChanged(shown, now);
  if (changes.length === 0) return;
  const told = changes.slice(0, MOST_CHANGES);
  const more = changes.length > told.length ? `; and ${changes.length - told.length} more` : '';
  const message = `Since the plan of ${shown.plannedAt} something has changed: ${told.join('; ')}${more}.`;
  throw toReimageError(failureOf('PlanStale', message));
}

function used({ fleetId, regionId }: { readonly fleetId: string; readonly regionId: string }): ReimageError {
  const next = `Follow it: \`reimage fleet watch ${fleetId} --region ${regionId}\`. To start again, plan again.`;
  return toReimageError(failureOf('PlanUsed', `The plan was started before, as fleet ${fleetId}.`, next));
}
