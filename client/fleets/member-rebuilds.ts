import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import { WORKFLOW } from '../../contracts/names.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { listRuns } from '../../temporal/namespace/runs.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { ReimageNotFoundError } from '../connection/errors.js';
import { quote } from '../connection/visibility-query.js';
import { type Operation, operationFromInfo } from '../rebuilds/operation.js';
import { readHead, readOperation } from '../rebuilds/read.js';
import type { FleetOperation } from './operation.js';

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

/**
 * The same VMs, with the backups that the fleet does not know of: of a rebuild that was terminated, and of all that came
 * before a reset. The first that the fleet has made of a VM is of what this had before: without one there is no erase.
 * @throws ReimageUnreachableError
 */
export async function withFirstBackups(
  context: ClientContext,
  fleet: Pick<FleetOperation, 'fleetId' | 'regionId'>,
  members: readonly MemberProgress[],
): Promise<readonly MemberProgress[]> {
  if (members.every(({ backupImageId }) => backupImageId !== null)) return members;
  const query = `${rebuildsOfFleet(fleet)} AND ${SEARCH_ATTRIBUTE.backup.name} IS NOT NULL`;
  const runs = await oneRunOfEach(context, query, (run, other) => run.startedAt < other.startedAt);
  const all: MemberProgress[] = [];
  for (const member of members) {
    const { instanceId, backupImageId } = member;
    // Where the index knows of none yet, the lock may.
    const first =
      backupImageId === null ? (runs.get(instanceId) ?? (await lastOfLock(context, fleet, instanceId))) : null;
    all.push({ ...member, backupImageId: backupImageId ?? first?.backupImageId ?? null });
  }
  return all;
}

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
