import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { listRuns } from '../../temporal/read-runs.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { operationFromInfo } from '../operation-from-info.js';
import type { Operation } from '../operation.js';
import { quote } from '../visibility-query.js';
import type { FleetOperation } from './fleet-operation.js';

/** Query of Temporal's index for all runs of the rebuilds of a fleet's VMs, running and ended. */
export function rebuildsOfFleet({ fleetId, regionId }: Pick<FleetOperation, 'fleetId' | 'regionId'>): string {
  return [
    `WorkflowType = ${quote(WORKFLOW.rebuildInstance)}`,
    `${SEARCH_ATTRIBUTE.fleet.name} = ${quote(fleetId)}`,
    `${SEARCH_ATTRIBUTE.region.name} = ${quote(regionId)}`,
  ].join(' AND ');
}

/**
 * One run of each VM, by VM id, of those that a query of Temporal's index finds.
 * @param comesBefore - whether a run is to be taken rather than the other of the same VM
 * @throws ReimageUnreachableError
 */
export async function oneRunOfEach(
  context: ClientContext,
  query: string,
  comesBefore: (run: Operation, other: Operation) => boolean,
): Promise<Map<string, Operation>> {
  return await callTemporal(context, async () => {
    const runs = new Map<string, Operation>();
    for await (const info of listRuns(context.client, { query })) {
      const run = operationFromInfo(info, context);
      if (run === null) continue;
      const known = runs.get(run.instanceId);
      if (known === undefined || comesBefore(run, known)) runs.set(run.instanceId, run);
    }
    return runs;
  });
}
