import { defineQuery, setHandler, workflowInfo } from '@temporalio/workflow';
import type { FleetSelection } from '../activities/fleet/planning-activities.js';
import type { PlannedRows } from '../activities/fleet/plan-rows.js';
import type { FleetPlan, FleetRow } from '../contracts/fleet/fleet-plan.js';
import { FleetSpec } from '../contracts/fleet/fleet-spec.js';
import { PLAN_DEADLINE_SECONDS, type PlanRowsPage } from '../contracts/fleet/plan-rows.js';
import { PLAN_ROWS_QUERY } from '../contracts/names.js';
import { orFailure } from './failure-of.js';
import { parseInput } from './parse-request.js';
import { assemblePlan } from './planning/assemble-plan.js';
import { pageOfRows } from './planning/page-of-rows.js';
import { activitiesUnder } from './retry-policies.js';

const rowsQuery = defineQuery<PlanRowsPage, [number]>(PLAN_ROWS_QUERY);

/** VMs of one activity. JD Cloud gives as many in one call. */
const ROWS_A_PAGE = 100;
/** Pages that are planned at a time. */
const PAGES_AT_A_TIME = 4;
/** Openings of the maintenance windows that a plan tells. */
const OPENINGS = 5;

/**
 * Plans the reimage of a fleet: which VMs, in which waves, and all that speaks against it. Touches nothing. The answer
 * has no rows, since ten thousand of them fit into no payload: the query `rows` gives them page by page, also
 * afterwards. Its digest is empty, for who has all rows to reckon.
 * @param input - a FleetSpec
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function planFleet(input: unknown): Promise<FleetPlan> {
  const spec = parseInput(FleetSpec, input, 'fleet');
  const { workflowId: planId, startTime } = workflowInfo();
  const plannedAt = startTime.toISOString();
  let rows: readonly FleetRow[] = [];
  setHandler(rowsQuery, (offset) => pageOfRows(rows, offset));

  const { nextOpenings, selectFleet, readFleetPast } = activitiesUnder('probe', PLAN_DEADLINE_SECONDS * 1000);
  const plan = await orFailure(async () => {
    const { maintenance } = spec.rollout;
    const openings =
      maintenance === undefined ? [] : await nextOpenings({ maintenance, from: plannedAt, count: OPENINGS });
    const selection = await selectFleet(spec);
    const { planned, ofRebuilds } = await planAll(spec, selection);
    const past = await readFleetPast({
      regionId: spec.regionId,
      imageId: selection.image.imageId,
      hasBackup: spec.rebuild.backup === 'image',
    });
    return assemblePlan({ planId, plannedAt, spec, selection, past, planned, ofRebuilds, openings });
  });
  rows = plan.rows;
  return { ...plan, rows: [] };
}

/** Plans all VMs, some pages at a time, in the order of the selection whichever page is ready first. */
async function planAll(spec: FleetSpec, { instanceIds, excluded, image, imageQuota }: FleetSelection) {
  const { planFleetRows } = activitiesUnder('probe', PLAN_DEADLINE_SECONDS * 1000);
  const { regionId, skipMatching, rebuild, rollout } = spec;
  const isExcluded = new Set(excluded);
  const pages: PlannedRows[] = [];
  let next = 0;
  const lane = async () => {
    for (let first = next * ROWS_A_PAGE; first < instanceIds.length; first = next * ROWS_A_PAGE) {
      const page = next;
      next += 1;
      const ids = instanceIds.slice(first, first + ROWS_A_PAGE);
      pages[page] = await planFleetRows({
        spec: { regionId, skipMatching, rebuild, rollout },
        imageId: image.imageId,
        instanceIds: ids,
        excluded: ids.filter((id) => isExcluded.has(id)),
        imageQuota,
      });
    }
  };
  await Promise.all(Array.from({ length: PAGES_AT_A_TIME }, lane));
  return { planned: pages.flatMap(({ rows }) => rows), ofRebuilds: pages.flatMap(({ warnings }) => warnings) };
}
