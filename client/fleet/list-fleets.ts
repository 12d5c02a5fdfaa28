import * as z from 'zod';
import { RegionId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { listRuns } from '../../temporal/read-runs.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { withTaskFailures } from '../task-failures.js';
import { quote } from '../visibility-query.js';
import { fleetFromInfo, type FleetOperation } from './fleet-operation.js';

/** Which fleets to list. What is left out does not narrow the list. */
export const FleetListQuery = z.strictObject({
  regionId: RegionId.optional(),
  /** True: only those under way; false: only those that have ended. */
  running: z.boolean().optional(),
  limit: z.int().min(1).max(1000).default(50),
});
export type FleetListQuery = z.output<typeof FleetListQuery>;

/**
 * Lists fleets from Temporal's index, which lags by a moment: without summary and result, in the order that the
 * server gives. Of those under way it says whether their workflow task fails, by a call for each.
 * @throws ReimageUnreachableError
 */
export async function listFleets(context: ClientContext, list: FleetListQuery): Promise<FleetOperation[]> {
  const query = filterOf(list);
  const listed = await callTemporal(context, async () => {
    const fleets: FleetOperation[] = [];
    for await (const info of listRuns(context.client, { query, pageSize: Math.min(list.limit, 200) })) {
      const fleet = fleetFromInfo(info, context);
      if (fleet !== null) fleets.push(fleet);
      if (fleets.length >= list.limit) break;
    }
    return fleets;
  });
  return await withTaskFailures(context, listed, ({ isRunning }) => isRunning);
}

function filterOf({ regionId, running }: FleetListQuery): string {
  return [
    `WorkflowType = ${quote(WORKFLOW.reimageFleet)}`,
    // A fleet that has continued as new is told by its last run.
    `ExecutionStatus != 'ContinuedAsNew'`,
    ...(regionId === undefined ? [] : [`${SEARCH_ATTRIBUTE.region.name} = ${quote(regionId)}`]),
    ...(running === undefined ? [] : [`ExecutionStatus ${running ? '=' : '!='} 'Running'`]),
  ].join(' AND ');
}
