import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { FleetSelection } from '../../activities/fleet/planning-activities.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { PLAN_DEADLINE_SECONDS } from '../../contracts/fleet/plan-rows.js';
import { activitiesUnder } from '../retry-policies.js';
import { assemblePlan } from './assemble-plan.js';
import { inLanes } from './in-lanes.js';
import { whyNotPlanned, whyNotRun } from './plan-size.js';

/** VMs of one activity. JD Cloud gives as many in one call. */
const ROWS_A_PAGE = 100;
/** Openings of the maintenance windows that a plan tells. */
const OPENINGS = 5;

/**
 * Makes the plan of a fleet, whole but for its digest. Touches nothing.
 * @throws ActivityFailure · ApplicationFailure InvalidInput for a fleet that is too large to be run
 */
export async function makePlan(spec: FleetSpec): Promise<FleetPlan> {
  const { workflowId: planId, startTime } = workflowInfo();
  const plannedAt = startTime.toISOString();
  const { nextOpenings, selectFleet, readFleetPast } = activitiesUnder('probe', PLAN_DEADLINE_SECONDS * 1000);
  const { maintenance } = spec.rollout;
  const openings =
    maintenance === undefined ? [] : await nextOpenings({ maintenance, from: plannedAt, count: OPENINGS });
  const selection = await selectFleet(spec);
  const { planned, ofRebuilds } = await planAll(spec, selection);
  const past = await readFleetPast({
    regionId: spec.regionId,
    imageId: selection.image.imageId,
    hasBackup: spec.rebuild.backup === 'image',
    instanceIds: leftIn(selection),
  });
  const plan = assemblePlan({ planId, plannedAt, spec, selection, past, planned, ofRebuilds, openings });
  refuseIf(whyNotRun(plan));
  return plan;
}

/** Those that are selected and not excluded. */
function leftIn({ instanceIds, excluded }: FleetSelection): string[] {
  const isExcluded = new Set(excluded);
  return instanceIds.filter((id) => !isExcluded.has(id));
}

function refuseIf(why: string | null): void {
  if (why !== null) throw ApplicationFailure.nonRetryable(`Invalid fleet. ${why}`, 'InvalidInput');
}

/** Plans all VMs, some pages at a time, in the order of the selection. */
async function planAll(spec: FleetSpec, { instanceIds, excluded, image, imageQuota }: FleetSelection) {
  const { planFleetRows } = activitiesUnder('probe', PLAN_DEADLINE_SECONDS * 1000);
  const { regionId, skipMatching, rebuild, rollout } = spec;
  const isExcluded = new Set(excluded);
  const count = Math.ceil(instanceIds.length / ROWS_A_PAGE);
  const pagesOfIds = Array.from({ length: count }, (_, page) =>
    instanceIds.slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE),
  );
  const ofAll = { regionId, skipMatching, rebuild, rollout };
  refuseIf(whyNotPlanned(ofAll, { vms: instanceIds.length, requests: count }));
  const pages = await inLanes(pagesOfIds, (ids) =>
    planFleetRows({
      spec: ofAll,
      imageId: image.imageId,
      instanceIds: ids,
      excluded: ids.filter((id) => isExcluded.has(id)),
      imageQuota,
    }),
  );
  return { planned: pages.flatMap(({ rows }) => rows), ofRebuilds: pages.flatMap(({ warnings }) => warnings) };
}
