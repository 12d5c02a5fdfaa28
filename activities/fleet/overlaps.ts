import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { FleetNamespace, ScheduledSelection } from '../runtime/namespace.js';
import { matchesSelector } from './match-vms.js';

/** VMs of an overlap that are named. */
const MOST_NAMED = 20;

/** A fleet under way that has VMs of a plan. */
export interface FleetOverlap {
  readonly operationId: string;
  /** How many; null where it cannot be told. */
  readonly count: number | null;
  /** The first of them. */
  readonly instanceIds: readonly string[];
}

/** The fleets that have some of these VMs, or may have. Pure. */
export function overlapsOf(
  fleets: Awaited<ReturnType<FleetNamespace['membersOfFleets']>>,
  instanceIds: readonly string[],
): FleetOverlap[] {
  const planned = new Set(instanceIds);
  return fleets.flatMap(({ operationId, instanceIds: members }): FleetOverlap[] => {
    if (members === null) return [{ operationId, count: null, instanceIds: [] }];
    const shared = members.filter((id) => planned.has(id));
    if (shared.length === 0) return [];
    return [{ operationId, count: shared.length, instanceIds: shared.slice(0, MOST_NAMED) }];
  });
}

/**
 * What there is to know of schedules whose fleet, as things are now, has some of these VMs too. One that starts a fleet of
 * the same name is that very fleet: the lock of the name keeps the two apart. Pure.
 * @param vms - those that the fleet selects and does not exclude
 */
export function scheduleWarnings(
  schedules: readonly ScheduledSelection[],
  { name }: Pick<FleetSpec, 'name'>,
  vms: readonly Instance[],
): Warning[] {
  const code = 'schedules-overlap';
  return schedules.flatMap(({ scheduleId, nextAt, fleet }): Warning[] => {
    const when = nextAt === null ? 'It does not fire again by itself' : `It fires next at ${nextAt}`;
    if (fleet === null) {
      const message = `Whether the schedule ${scheduleId} selects VMs of this plan cannot be read. ${when}.`;
      return [{ code, message }];
    }
    const { select, exclude } = fleet;
    const isMeant = (vm: Instance) =>
      matchesSelector(select, vm) && (exclude === undefined || !matchesSelector(exclude, vm));
    const shared = fleet.name === name ? [] : vms.filter(isMeant).map(({ instanceId }) => instanceId);
    if (shared.length === 0) return [];
    const more = shared.length > MOST_NAMED ? `, and ${shared.length - MOST_NAMED} more` : '';
    const those = `${shared.length} ${shared.length === 1 ? 'VM' : 'VMs'}`;
    const message = `The schedule ${scheduleId} selects ${those} of this plan too: ${shared.slice(0, MOST_NAMED).join(', ')}${more}. ${when}, and would rebuild them onto the image of its own fleet ${fleet.name}.`;
    return [{ code, message }];
  });
}
