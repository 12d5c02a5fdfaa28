import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { listRuns } from '../../temporal/read-runs.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { operationFromInfo } from '../operation-from-info.js';
import type { Operation } from '../operation.js';
import { readHead } from '../read-operation.js';
import { ReimageNotFoundError } from '../reimage-errors.js';
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
 * The rebuild that holds the lock of a VM, or had it last, where that is one of the fleet; null for any other. From the
 * server's own state, and so where the index lags too.
 * @throws ReimageUnreachableError
 */
export async function lastOfLock(
  context: ClientContext,
  { fleetId, regionId }: Pick<FleetOperation, 'fleetId' | 'regionId'>,
  instanceId: string,
): Promise<Operation | null> {
  try {
    const last = await readHead(context, { regionId, instanceId });
    return last.fleetId === fleetId ? last : null;
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
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
