import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { listRuns } from '../../temporal/read-runs.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { quote } from '../visibility-query.js';
import { fleetRefOf, isRefusedFleet } from './fleet-ref.js';

/** One run of a fleet, as Temporal's index knows it. */
export interface IndexedFleet {
  readonly workflowId: string;
  readonly runId: string;
  readonly regionId: string;
  /** The text that was asked for is its id; else its name. */
  readonly isId: boolean;
  /** It never began. */
  readonly isRefused: boolean;
  readonly startedAt: number;
}

/**
 * The runs of fleets of an id or a name, in one region or all, from Temporal's index, which lags by a moment.
 * @throws ReimageUnreachableError
 */
export async function fleetsInIndex(
  context: ClientContext,
  { fleetId, regionId }: { readonly fleetId: string; readonly regionId?: string | undefined },
): Promise<IndexedFleet[]> {
  const { fleet, region } = SEARCH_ATTRIBUTE;
  const query = [
    `WorkflowType = ${quote(WORKFLOW.reimageFleet)}`,
    `(${fleet.name} = ${quote(fleetId)} OR ${fleet.name} STARTS_WITH ${quote(`${fleetId}-`)})`,
    ...(regionId === undefined ? [] : [`${region.name} = ${quote(regionId)}`]),
  ].join(' AND ');
  return await callTemporal(context, async () => {
    const all: IndexedFleet[] = [];
    for await (const info of listRuns(context.client, { query })) {
      const { workflowId, runId, startTime } = info;
      const ref = fleetRefOf(info);
      if (ref === null || (ref.fleetId !== fleetId && ref.name !== fleetId)) continue;
      const isId = ref.fleetId === fleetId;
      const found = { workflowId, runId, regionId: ref.regionId, isId, isRefused: isRefusedFleet(info) };
      all.push({ ...found, startedAt: startTime.getTime() });
    }
    return all;
  });
}
