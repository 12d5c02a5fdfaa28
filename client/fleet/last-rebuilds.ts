import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { ClientContext } from '../client-context.js';
import type { Operation } from '../operation.js';
import { readOperation } from '../read-operation.js';
import { ReimageNotFoundError } from '../reimage-errors.js';
import type { FleetOperation } from './fleet-operation.js';
import { oneRunOfEach, rebuildsOfFleet } from './rebuilds-of-fleet.js';

/** The last run of each VM's rebuild in the fleet, by VM id, from Temporal's index. @throws ReimageUnreachableError */
export async function lastRebuilds(
  context: ClientContext,
  fleet: Pick<FleetOperation, 'fleetId' | 'regionId'>,
): Promise<Map<string, Operation>> {
  return await oneRunOfEach(context, rebuildsOfFleet(fleet), (run, other) => run.startedAt > other.startedAt);
}

/** How a run has ended; null while it runs, where it ended without a word, and where the namespace has dropped it. */
export async function resultOfRun(context: ClientContext, run: Operation): Promise<RebuildResult | null> {
  const { regionId, instanceId, runId, status } = run;
  if (status === 'running') return null;
  try {
    return (await readOperation(context, { regionId, instanceId, runId })).result;
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}
