import { parseRebuildWorkflowId } from '../../contracts/ids.js';
import type { Phase } from '../../contracts/phases.js';
import { listRuns } from '../../temporal/read-runs.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { operationFromInfo } from '../operation-from-info.js';
import type { FleetOperation } from './fleet-operation.js';
import { rebuildsOfFleet } from './rebuilds-of-fleet.js';

/**
 * The phase of each VM of a fleet whose rebuild is under way, by its id, from Temporal's index, which lags by a moment.
 * @throws ReimageUnreachableError
 */
export async function phasesUnderWay(
  context: ClientContext,
  fleet: Pick<FleetOperation, 'fleetId' | 'regionId'>,
): Promise<Map<string, Phase>> {
  const query = `${rebuildsOfFleet(fleet)} AND ExecutionStatus = 'Running'`;
  return await callTemporal(context, async () => {
    const phases = new Map<string, Phase>();
    for await (const info of listRuns(context.client, { query })) {
      const phase = operationFromInfo(info, context)?.phase;
      const vm = parseRebuildWorkflowId(info.workflowId);
      if (phase != null && vm !== null) phases.set(vm.instanceId, phase);
    }
    return phases;
  });
}
