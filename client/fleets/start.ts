import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { FleetHolder } from '../../contracts/fleet-failures.js';
import {
  fleetIdOf,
  type FleetLock,
  type FleetRef,
  fleetWorkflowId,
  planClaimId,
  retryClaimId,
} from '../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { fleetMemoOf, fleetSearchAttributesOf, fleetSummaryOf } from '../../contracts/fleet/fleet-start.js';
import { WORKFLOW } from '../../contracts/names.js';
import { readClaim, readFleetLock, UNKNOWN } from '../../temporal/namespace/fleets.js';
import { type CallOptions, callTemporal, type ClientContext } from '../connection/context.js';
import {
  failureOf,
  type ReimageError,
  ReimageFleetBusyError,
  ReimageInvalidInputError,
  toReimageError,
} from '../connection/errors.js';
import { withoutUndefined } from '../connection/parse-input.js';
import { whatChanged } from './compare-plans.js';
import { describeFleet, fleetsInIndex } from './find.js';
import type { FleetOperation } from './operation.js';
import { fleetInputOf, planDigest, planFleet, refuseIfEmpty } from './plan.js';
import { fleetOf } from './read.js';

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

/**
 * Refuses a plan that was started before. Its claim tells, from the server's own state; where that is past its retention,
 * and the fleet of it is not, the index. The fleet itself looks once more: two may ask here at a time.
 * @throws ReimageError `PlanUsed` · ReimageUnreachableError
 */
export async function refuseIfUsed(context: ClientContext, fleet: FleetRef): Promise<void> {
  const claim = await callTemporal(context, () => readClaim(context.client, planClaimId(fleet)));
  if (claim !== null) throw planUsed(claim.fleetId === UNKNOWN ? fleet : { ...fleet, fleetId: claim.fleetId });
  const started = await fleetsInIndex(context, fleet);
  if (started.some(({ isId }) => isId)) throw planUsed(fleet);
}

/** Refuses to retry a fleet that was retried before, and names the retry. @throws ReimageError `DecisionRefused` · ReimageUnreachableError */
export async function refuseIfRetried(context: ClientContext, { regionId, fleetId }: FleetRef): Promise<void> {
  const claim = await callTemporal(context, () => readClaim(context.client, retryClaimId({ regionId, fleetId })));
  if (claim === null) return;
  const message = `Fleet ${fleetId} was retried before, as fleet ${claim.fleetId}.`;
  if (claim.fleetId === UNKNOWN) throw toReimageError(failureOf('DecisionRefused', message));
  const next = `Take up what that one has left: \`reimage fleet retry ${claim.fleetId} --region ${regionId}\`.`;
  throw toReimageError(failureOf('DecisionRefused', message, next));
}

/**
 * Refuses while another fleet than this one holds the name.
 * @throws ReimageFleetBusyError · ReimageUnreachableError
 */
export async function refuseIfHeldByAnother(context: ClientContext, fleet: FleetRef & FleetLock): Promise<void> {
  const holder = await holderOf(context, fleet);
  if (holder !== null && holder.fleetId !== fleet.fleetId) throw new ReimageFleetBusyError(holder);
}

/** The fleet that holds a name in a region, from the server's own state; null where none runs. @throws ReimageUnreachableError */
export async function holderOf(context: ClientContext, { regionId, name }: FleetLock): Promise<FleetHolder | null> {
  return await callTemporal(context, () => readFleetLock(context.client, { regionId, name }));
}

/** The refusal of a plan that the fleet of this id has used. */
export function planUsed({ fleetId, regionId }: FleetRef): ReimageError {
  const next = `Follow it: \`reimage fleet watch ${fleetId} --region ${regionId}\`. To start again, plan again.`;
  return toReimageError(failureOf('PlanUsed', `The plan was started before, as fleet ${fleetId}.`, next));
}
