import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { operationFromInfo } from '../operation-from-info.js';
import type { FleetOperation } from './fleet-operation.js';
import { rebuildsOfFleet } from './rebuilds-of-fleet.js';

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
  return await callTemporal(context, async () => {
    const first = new Map<string, { readonly imageId: string; readonly startedAt: string }>();
    for await (const info of context.client.workflow.list({ query })) {
      const run = operationFromInfo(info, context);
      if (run === null || run.backupImageId === null) continue;
      const { instanceId, startedAt, backupImageId: imageId } = run;
      const known = first.get(instanceId);
      if (known === undefined || startedAt < known.startedAt) first.set(instanceId, { imageId, startedAt });
    }
    return new Map([...first].map(([instanceId, { imageId }]) => [instanceId, imageId]));
  });
}
