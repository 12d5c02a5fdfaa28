import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { ClientContext } from '../client-context.js';
import type { FleetOperation } from './fleet-operation.js';
import { lastOfLock, oneRunOfEach, rebuildsOfFleet } from './rebuilds-of-fleet.js';

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
