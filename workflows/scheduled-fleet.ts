import { firingWorkflowId, isFiringOf } from '../contracts/fleet/fleet-ids.js';
import { FleetInput } from '../contracts/fleet/fleet-input.js';
import { type FleetPlan, whyEmpty } from '../contracts/fleet/fleet-plan.js';
import type { FleetResult } from '../contracts/fleet/fleet-progress.js';
import { ScheduledFleet } from '../contracts/fleet/fleet-schedule.js';
import { fleetOfPlan } from '../contracts/fleet/fleet-start.js';
import { handleTriggerSignal, runFleetOfFiring } from './fleet/firing.js';
import { countsOf } from './planning/estimate.js';
import { digestOfPlan, makePlan } from './planning/make-plan.js';
import { orFailure, toApplicationFailure, toFailure } from './runtime/failures.js';
import { refuseOtherId } from './runtime/own-id.js';
import { parseInput } from './runtime/parse-input.js';

const HOW_TO_START =
  'Under another id the fleet that it becomes could not be found again. Use `reimage schedule create` and `reimage schedule trigger`, or the library.';

/** VMs that a failure names. */
const MOST_NAMED = 5;
/** Characters of what it says of them. */
const LONGEST_TOLD = 2_000;

/**
 * One firing of a schedule: plans the fleet as it is now, starts it under its lock, and waits for it, so that Temporal's
 * schedule sees how the fleet ends. With every VM on the image already that is at once.
 * @param input - a ScheduledFleet
 * @throws ApplicationFailure of the type by which no plan could be made, `InvalidInput` for a fleet that is too large,
 * `NothingSelected` where there is no VM and `allowEmpty` does not say that there may be none, `ValidationFailed` where VMs lack the image and none of them can be rebuilt, or `FleetBusy` where another fleet of the
 * name runs, with the Failure as its detail · as the fleet fails
 */
export async function scheduledFleet(input: unknown): Promise<FleetResult> {
  const { scheduleId, spec } = parseInput(ScheduledFleet, input, 'scheduled fleet');
  const firing = { regionId: spec.regionId, scheduleId };
  handleTriggerSignal();
  refuseOtherId(`${firingWorkflowId(firing)}-TIME`, HOW_TO_START, (id) => isFiringOf(firing, id));
  const plan = await orFailure(async () => {
    const made = await makePlan(spec);
    return { ...made, digest: await digestOfPlan(made) };
  });
  refuseIfEmpty(plan);
  refuseIfBarred(plan);
  const fleet = parseInput(FleetInput, { ...fleetOfPlan(plan), scheduleId }, 'fleet');
  return await runFleetOfFiring(fleet, skippedText(plan));
}

/** A mistyped tag would have the schedule do nothing, and end well, for ever. */
function refuseIfEmpty(plan: FleetPlan): void {
  const why = plan.spec.allowEmpty === true ? null : whyEmpty(plan);
  if (why === null) return;
  const failure = toFailure({ type: 'NothingSelected', message: `${why}.`, details: {} }, null);
  throw toApplicationFailure(failure, failure);
}

/** A firing that ends well without having done anything must have had nothing to do. */
function refuseIfBarred({ spec, rows }: FleetPlan): void {
  if (rows.some(({ wave }) => wave !== null)) return;
  const barred = rows.filter(
    ({ skip }) => skip !== null && skip.code !== 'already-on-image' && skip.code !== 'excluded',
  );
  if (barred.length === 0) return;
  const told = barred
    .slice(0, MOST_NAMED)
    .map(({ instanceId, skip }) => `${instanceId}: ${skip?.reasons.join('; ') ?? ''}`);
  const message = `No VM of ${spec.name} can be rebuilt. ${told.join('. ').slice(0, LONGEST_TOLD)}.`;
  const failure = toFailure({ type: 'ValidationFailed', message, details: {} }, null);
  throw toApplicationFailure(failure, failure);
}

function skippedText({ rows }: FleetPlan): string {
  const counts = countsOf(rows.map(({ skip }) => skip?.code ?? null));
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}
