import type { FleetPlan, FleetRow } from '../../../contracts/fleet/fleet-plan.js';
import { mostDownIn } from '../../../simulator/count-journal.js';
import type { JournalEntry } from '../../../simulator/journal.js';
import type { RehearsalReport, RehearsedPlace } from './rehearsal-report.js';

/**
 * Counts most VMs down at a time by what the simulator's journal shows, beside the limits of the plan. Pure.
 * @param isDown - VMs that did not run when the rehearsal began
 */
export function downAtMost(
  entries: readonly JournalEntry[],
  { rows, limits, spec }: Pick<FleetPlan, 'rows' | 'limits' | 'spec'>,
  isDown: ReadonlySet<string>,
): RehearsalReport['unavailable'] {
  const members = rows.filter(({ wave }) => wave !== null);
  const tag = spec.rollout.maxUnavailable.perTag?.key;
  const vms = members.map((row) => ({
    instanceId: row.instanceId,
    places: placesOf(row, tag),
    isDown: isDown.has(row.instanceId),
  }));
  const most = mostDownIn(entries, vms);
  const before = (isIn: (places: readonly string[]) => boolean) =>
    vms.filter((vm) => vm.isDown && isIn(vm.places)).length;
  const limitOf = new Map([
    ...Object.entries(limits.unavailable.perAz ?? {}).map(([az, limit]) => [zoneName(az), limit] as const),
    ...Object.entries(limits.unavailable.perGroup ?? {}).map(([value, limit]) => [tagName(tag, value), limit] as const),
  ]);
  const places = [...most.byPlace].map(([place, inPlace]): [string, RehearsedPlace] => [
    place,
    { most: inPlace, of: limitOf.get(place) ?? null, before: before((of) => of.includes(place)) },
  ]);
  const fleet = { most: most.inAll, of: limits.unavailable.fleet, before: before(() => true) };
  return { fleet, places: Object.fromEntries(places) };
}

function placesOf({ az, group }: FleetRow, tag: string | undefined): string[] {
  return [...(az === null ? [] : [zoneName(az)]), ...(group === null ? [] : [tagName(tag, group)])];
}

function zoneName(az: string): string {
  return `zone ${az}`;
}

function tagName(tag: string | undefined, value: string): string {
  return `${tag ?? 'tag'} ${value}`;
}
