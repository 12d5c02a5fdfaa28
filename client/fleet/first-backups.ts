import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { ClientContext } from '../client-context.js';
import type { FleetOperation } from './fleet-operation.js';
import { oneRunOfEach, rebuildsOfFleet } from './rebuilds-of-fleet.js';

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
  const backups = await firstBackups(context, fleet);
  return members.map((member) => ({
    ...member,
    backupImageId: member.backupImageId ?? backups.get(member.instanceId) ?? null,
  }));
}

async function firstBackups(
  context: ClientContext,
  fleet: Pick<FleetOperation, 'fleetId' | 'regionId'>,
): Promise<Map<string, string>> {
  const query = `${rebuildsOfFleet(fleet)} AND ${SEARCH_ATTRIBUTE.backup.name} IS NOT NULL`;
  const runs = await oneRunOfEach(context, query, (run, other) => run.startedAt < other.startedAt);
  return new Map([...runs].flatMap(([id, { backupImageId }]) => (backupImageId === null ? [] : [[id, backupImageId]])));
}
