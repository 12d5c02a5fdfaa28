import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { FleetNamespace, ScheduledSelection, SchedulesRead } from '../runtime/namespace.js';
import { matcherOf } from './match-vms.js';

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

const CODE = 'schedules-overlap';
/** Schedules that are named. */
const MOST_SCHEDULES = 20;

/**
 * What there is to know of a schedule whose fleet, as things are now, has some of these VMs too; null: nothing. One that
 * starts a fleet of the same name is that very fleet: the lock of the name keeps the two apart. Pure.
 * @param vms - those that the fleet selects and does not exclude
 */
export function scheduleWarning(
  { scheduleId, nextAt, fleet }: ScheduledSelection,
  { name }: Pick<FleetSpec, 'name'>,
  vms: readonly Instance[],
): Warning | null {
  const when = nextAt === null ? 'It does not fire again by itself' : `It fires next at ${nextAt}`;
  if (fleet === null) {
    const message = `Whether the schedule ${scheduleId} selects VMs of this plan cannot be read. ${when}.`;
    return { code: CODE, message };
  }
  if (fleet.name === name) return null;
  const isSelected = matcherOf(fleet.select);
  const isExcluded = fleet.exclude === undefined ? () => false : matcherOf(fleet.exclude);
  const shared = vms.filter((vm) => isSelected(vm) && !isExcluded(vm)).map(({ instanceId }) => instanceId);
  if (shared.length === 0) return null;
  const more = shared.length > MOST_NAMED ? `, and ${shared.length - MOST_NAMED} more` : '';
  const those = `${shared.length} ${shared.length === 1 ? 'VM' : 'VMs'}`;
  const message = `The schedule ${scheduleId} selects ${those} of this plan too: ${shared.slice(0, MOST_NAMED).join(', ')}${more}. ${when}, and would rebuild them onto the image of its own fleet ${fleet.name}.`;
  return { code: CODE, message };
}

/** The warnings of the first schedules, how many more there are, and of how many nothing is known. Pure. */
export function listedScheduleWarnings(all: readonly Warning[], { found, read }: SchedulesRead): Warning[] {
  // They came in the order in which the server answered.
  const sorted = all.toSorted((a, b) => (a.message < b.message ? -1 : 1));
  const more = all.length - MOST_SCHEDULES;
  const andMore = `So it is with ${more} more ${more === 1 ? 'schedule' : 'schedules'}.`;
  const unread = `Of ${found} schedules that start fleets only ${read} were looked at: the others may select VMs of this plan too.`;
  return [
    ...sorted.slice(0, MOST_SCHEDULES),
    ...(more > 0 ? [{ code: CODE, message: andMore }] : []),
    ...(read < found ? [{ code: CODE, message: unread }] : []),
  ];
}
