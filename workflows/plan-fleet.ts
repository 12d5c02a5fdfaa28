import { defineQuery, setHandler } from '@temporalio/workflow';
import type { FleetPlan, FleetRow, PlanRowsPage } from '../contracts/fleet/fleet-plan.js';
import { FleetSpec } from '../contracts/fleet/fleet-spec.js';
import { PLAN_ROWS_QUERY } from '../contracts/names.js';
import { makePlan, pageOfRows } from './planning/make-plan.js';
import { orFailure } from './runtime/failures.js';
import { parseInput } from './runtime/parse-input.js';

const rowsQuery = defineQuery<PlanRowsPage, [number]>(PLAN_ROWS_QUERY);

/**
 * Plans the reimage of a fleet: which VMs, in which waves, and all that speaks against it. Touches nothing. The answer
 * has no rows, since ten thousand of them fit into no payload: the query `rows` gives them page by page, also
 * afterwards. Its digest is empty, for who has all rows to compute.
 * @param input - a FleetSpec
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function planFleet(input: unknown): Promise<FleetPlan> {
  const spec = parseInput(FleetSpec, input, 'fleet');
  let rows: readonly FleetRow[] = [];
  setHandler(rowsQuery, (offset) => pageOfRows(rows, offset));
  const plan = await orFailure(() => makePlan(spec));
  rows = plan.rows;
  return { ...plan, rows: [] };
}
