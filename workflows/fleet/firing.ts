import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  ChildWorkflowFailure,
  type ChildWorkflowHandle,
  defineSignal,
  ParentClosePolicy,
  setHandler,
  startChild,
  upsertMemo,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { fleetBusyText } from '../../contracts/fleet-failures.js';
import { firingClaimId, fleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetResult } from '../../contracts/fleet/fleet-progress.js';
import { ScheduleAct } from '../../contracts/fleet/fleet-schedule.js';
import { fleetMemoOf, fleetSearchAttributesOf, fleetSummaryOf } from '../../contracts/fleet/fleet-start.js';
import { MEMO, TRIGGERED_SIGNAL, WORKFLOW } from '../../contracts/names.js';
import { orFailure, toApplicationFailure, toFailure } from '../runtime/failures.js';
import { activitiesUnder } from '../runtime/retry-policies.js';

type Reimage = (input: FleetInput) => Promise<FleetResult>;

/** How long the server is asked for a claim, or for the holder of the lock. */
const ASK_WITHIN_MS = 600_000;

/** A fleet may end between "already started" and our look at it; each further try needs another such chance. */
const TRIES = 3;

const triggeredSignal = defineSignal<[unknown]>(TRIGGERED_SIGNAL);

/** Most people of whom a firing tells that they have triggered it: of several at a time the server starts but one. */
const MOST_TOLD = 5;

/** Takes in who has triggered the firing, which cannot know it before it runs. What is no such word is passed over. */
export function handleTriggerSignal(): void {
  const told: string[] = [];
  setHandler(triggeredSignal, (signal) => {
    const act = ScheduleAct.safeParse(signal);
    if (!act.success || told.length >= MOST_TOLD) return;
    told.push(`${act.data.by}: ${act.data.reason}`);
    upsertMemo({ [MEMO.triggeredBy]: told.join('; ') });
  });
}

/**
 * Starts the fleet of a firing under its lock, and waits for its end. A cancellation of the firing cancels the fleet,
 * which carries what is under way to its end; a firing that is terminated leaves it running.
 * @param skipped - VMs that the firing has left alone, by why
 * @throws ApplicationFailure FleetBusy · PlanUsed where the firing was reset · the fleet's own, with the FleetResult as its detail
 */
export async function runFleetOfFiring(fleet: FleetInput, skipped: string): Promise<FleetResult> {
  await claimFiring(fleet);
  upsertMemo({ [MEMO.skipped]: skipped });
  const child = await startUnlessHeld(fleet, skipped);
  upsertMemo({ [MEMO.fleetId]: fleet.fleetId });
  try {
    return await child.result();
  } catch (error) {
    throw ownFailure(error);
  }
}

/**
 * A firing that was reset to before its claim would plan, and erase, once more what its first run has started. One that
 * was reset to a later moment has the plan of its first run, which that one's fleet has claimed: it has to go on as its
 * history says.
 */
async function claimFiring({ fleetId }: FleetInput): Promise<void> {
  const { firstExecutionRunId } = workflowInfo();
  // Another one after a reset, save in what the history has of the run before: there the run id would be another already.
  const holder = uuid4();
  const claim = { claimId: firingClaimId(firstExecutionRunId), holder, fleetId };
  const made = await orFailure(() => activitiesUnder('call', ASK_WITHIN_MS).makeClaim(claim));
  if (made.holder === holder) return;
  throw refusal('PlanUsed', `This firing has taken up fleet ${made.fleetId} before it was reset.`);
}

async function startUnlessHeld(fleet: FleetInput, skipped: string): Promise<ChildWorkflowHandle<Reimage>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const child = await startOrNull(fleet, skipped);
    if (child !== null) return child;
    const holder = await orFailure(() => activitiesUnder('call', ASK_WITHIN_MS).readFleetHolder(lockOf(fleet)));
    if (holder !== null) throw refusal('FleetBusy', fleetBusyText(holder));
  }
  throw refusal('FleetBusy', `Other fleets named ${fleet.name} kept starting and ending.`);
}

/** Null where another fleet holds the lock. */
async function startOrNull(fleet: FleetInput, skipped: string): Promise<ChildWorkflowHandle<Reimage> | null> {
  try {
    return await startChild<Reimage>(WORKFLOW.reimageFleet, {
      workflowId: fleetWorkflowId(fleet),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [fleet],
      typedSearchAttributes: fleetSearchAttributesOf(fleet),
      memo: { ...fleetMemoOf(fleet), [MEMO.skipped]: skipped },
      staticSummary: fleetSummaryOf(fleet),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** The firing fails as its fleet does. */
function ownFailure(error: unknown): unknown {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : null;
  if (!(cause instanceof ApplicationFailure)) return error;
  const { type, message, details } = cause;
  return ApplicationFailure.create({ type: type ?? 'Unexpected', message, nonRetryable: true, details: details ?? [] });
}

function lockOf({ regionId, name }: FleetInput): { readonly regionId: string; readonly name: string } {
  return { regionId, name };
}

function refusal(type: 'FleetBusy' | 'PlanUsed', message: string): ApplicationFailure {
  const failure = toFailure({ type, message, details: {} }, null);
  return toApplicationFailure(failure, failure);
}
