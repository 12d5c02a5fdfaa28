import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { fleetIdOf, fleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { fleetMemoOf, fleetSearchAttributesOf, fleetSummaryOf } from '../../contracts/fleet/fleet-start.js';
import { WORKFLOW } from '../../contracts/names.js';
import { type CallOptions, callTemporal, type ClientContext } from '../client-context.js';
import { failureOf, ReimageFleetBusyError, ReimageInvalidInputError, toReimageError } from '../reimage-errors.js';
import { withoutUndefined } from '../without-undefined.js';
import { describeFleet } from './find-fleet.js';
import { fleetInputOf } from './fleet-input-of.js';
import type { FleetOperation } from './fleet-operation.js';
import { planDigest } from './plan-digest.js';
import { planFleet } from './plan-fleet.js';
import { refuseIfEmpty } from './refuse-if-empty.js';
import { fleetOf } from './read-fleet.js';
import { holderOf, planUsed, refuseIfHeldByAnother, refuseIfRetried, refuseIfUsed } from './used-once.js';
import { whatChanged } from './what-changed.js';

/** Changes that a refusal tells. */
const MOST_CHANGES = 10;

export interface FleetStartOptions extends CallOptions {
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
 * @throws ReimageFleetBusyError when another fleet of the name runs · ReimageError `PlanUsed` when the plan was started
 * before, `PlanStale` when it would be another one now, `NothingSelected`, `DecisionRefused` for a second retry · ReimageInvalidInputError for a plan that was changed by hand, or rebuilds no VM · ReimageUnreachableError
 */
export async function startPlan(
  context: ClientContext,
  plan: FleetPlan,
  { requestedBy, reason, retryOf, replan = true, workerTimeoutMs }: FleetStartOptions = {},
): Promise<FleetOperation> {
  if (planDigest(plan) !== plan.digest) {
    throw new ReimageInvalidInputError('The plan is not what its digest says: it was changed. Plan again.', 'digest');
  }
  const { regionId, name } = plan.spec;
  const fleet = { regionId, name, fleetId: fleetIdOf(name, plan.digest) };
  await refuseIfUsed(context, fleet);
  if (retryOf !== undefined) await refuseIfRetried(context, { regionId, fleetId: retryOf });
  await refuseIfHeldByAnother(context, fleet);
  refuseIfEmpty(plan);
  const input = fleetInputOf(plan, withoutUndefined({ requestedBy, reason, retryOf }));
  if (replan) refuseIfStale(plan, await planFleet(context, plan.spec, workerTimeoutMs));
  return await startInput(context, input);
}

/** A fleet may end between "already started" and our look at it; each further try needs another such chance. */
const TRIES = 3;

/**
 * Starts `reimageFleet` under its lock, unless its plan was started before.
 * @throws ReimageFleetBusyError · ReimageError `PlanUsed` · ReimageUnreachableError
 */
export async function startInput(context: ClientContext, input: FleetInput): Promise<FleetOperation> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    await refuseIfUsed(context, input);
    const runId = await startUnlessHeld(context, input);
    if (runId !== null) return await fleetOfRun(context, input, runId);
    const holder = await holderOf(context, input);
    if (holder?.fleetId === input.fleetId) throw planUsed(input);
    if (holder !== null) throw new ReimageFleetBusyError(holder);
  }
  const message = `Fleet ${input.name} could not be started: others of that name kept starting and ending.`;
  throw toReimageError(failureOf('FleetBusy', message));
}

/** The run that was started; null where another fleet holds the lock. */
async function startUnlessHeld(context: ClientContext, input: FleetInput): Promise<string | null> {
  return await callTemporal(context, async () => {
    try {
      const handle = await context.client.workflow.start(WORKFLOW.reimageFleet, {
        workflowId: fleetWorkflowId(input),
        workflowIdConflictPolicy: 'FAIL',
        // One fleet of the name after another. That its plan is used once the fleet's claim sees to.
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        taskQueue: context.taskQueue,
        args: [input],
        typedSearchAttributes: fleetSearchAttributesOf(input),
        memo: fleetMemoOf(input),
        staticSummary: fleetSummaryOf(input),
      });
      return handle.firstExecutionRunId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  });
}

async function fleetOfRun(context: ClientContext, input: FleetInput, runId: string): Promise<FleetOperation> {
  const description = await describeFleet(context, fleetWorkflowId(input), runId);
  if (description !== null) return fleetOf(context, description);
  throw toReimageError(failureOf('Unexpected', `${fleetWorkflowId(input)} was started, and is not there.`));
}

function refuseIfStale(shown: FleetPlan, now: FleetPlan): void {
  const changes = whatChanged(shown, now);
  if (changes.length === 0) return;
  const told = changes.slice(0, MOST_CHANGES);
  const more = changes.length > told.length ? `; and ${changes.length - told.length} more` : '';
  const message = `Since the plan of ${shown.plannedAt} something has changed: ${told.join('; ')}${more}.`;
  throw toReimageError(failureOf('PlanStale', message));
}
