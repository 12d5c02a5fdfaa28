import { DateTime, IANAZone } from 'luxon';
import type { FleetSpec, VmSelector } from '../../contracts/fleet/fleet-spec.js';
import type { Maintenance } from '../../contracts/fleet/maintenance.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { FleetNamespace, ScheduledSelection, SchedulesRead } from '../runtime/namespace.js';
import { matcherOf, tagOf } from './match-vms.js';

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

/** Words that a warning repeats, and VMs that it names. */
const MOST_NAMED = 20;

/** What is looked through. */
export interface Selected {
  readonly spec: Pick<FleetSpec, 'exclude' | 'rollout'>;
  /** The VMs that the fleet selects, those that it excludes among them. */
  readonly vms: readonly Instance[];
  readonly now: Date;
}

/** Guards of a fleet that guard nothing, or less than who wrote them may think. Pure. */
export function selectionWarnings({ spec: { exclude, rollout }, vms, now }: Selected): Warning[] {
  return [
    ...(exclude === undefined || vms.length === 0 ? [] : [...unmatched(exclude, vms), ...combined(exclude, vms)]),
    ...(vms.length === 0 ? [] : tagsNobodyBears(rollout, vms)),
    ...(rollout.maintenance === undefined ? [] : pastBlackouts(rollout.maintenance, now)),
  ];
}

/** One value of a selector by itself, as it stands in the file. */
interface Value {
  readonly path: string;
  readonly text: string;
  readonly selector: VmSelector;
}

function unmatched(exclude: VmSelector, vms: readonly Instance[]): Warning[] {
  const { instanceIds = [], ...others } = exclude;
  const known = new Set(vms.map(({ instanceId }) => instanceId));
  // As many ids as there are VMs, each held against each, would take its time.
  const stray = instanceIds.filter((id) => !known.has(id)).map((text) => ({ path: 'instanceIds', text }));
  const idle = valuesOf(others).filter(({ selector }) => !vms.some(matcherOf(selector)));
  const nobody = [...stray, ...idle];
  if (nobody.length === 0) return [];
  const told = listed(nobody.map(({ path, text }) => `exclude.${path} ${text}`));
  const verb = nobody.length === 1 ? 'matches' : 'match';
  const message = `${told} ${verb} no VM that the fleet selects, and so ${nobody.length === 1 ? 'excludes' : 'exclude'} nobody.`;
  return [{ code: 'exclude-matches-nothing', message }];
}

/** Each value alone; of tags each value with its key, or the key where any value will do. */
function valuesOf({ tags = [], name, ...lists }: Omit<VmSelector, 'instanceIds'>): Value[] {
  const ofLists = Object.entries(lists).flatMap(([path, values]) =>
    (values ?? []).map((value) => ({ path, text: value, selector: { [path]: [value] } })),
  );
  const ofTags = tags.flatMap(({ key, values }) =>
    values === undefined
      ? [{ path: 'tags', text: key, selector: { tags: [{ key }] } }]
      : values.map((value) => ({
          path: 'tags',
          text: `${key}=${value}`,
          selector: { tags: [{ key, values: [value] }] },
        })),
  );
  const ofName = name === undefined ? [] : [{ path: 'name', text: name, selector: { name } }];
  return [...ofLists, ...ofTags, ...ofName];
}

/** Several fields must hold all together: each that is added frees VMs that were excluded without it. */
function combined(exclude: VmSelector, vms: readonly Instance[]): Warning[] {
  const parts = partsOf(exclude);
  if (parts.length < 2) return [];
  const by = (selector: VmSelector) => vms.filter(matcherOf(selector));
  const all = new Set(by(exclude));
  const some = parts.map(({ field, selector }) => ({ field, vms: by(selector) }));
  const freed = [...new Set(some.flatMap((part) => part.vms))].filter((vm) => !all.has(vm));
  if (freed.length === 0) return [];
  const alone = some.map((part) => `${part.field} alone ${part.vms.length}`).join(', ');
  const ids = listed(freed.map(({ instanceId }) => instanceId));
  const message = `exclude leaves alone only the VMs for which all of its fields hold: ${all.size}; ${alone}. Not excluded: ${ids}.`;
  return [{ code: 'exclude-fields-combined', message }];
}

/** Each field alone; of several tags, which must hold all together too, each. */
function partsOf({ tags = [], ...others }: VmSelector): { readonly field: string; readonly selector: VmSelector }[] {
  const ofTags = tags.map((tag) => ({ field: `tag ${tag.key}`, selector: { tags: [tag] } }));
  const ofOthers = Object.entries(others).flatMap(([field, value]) =>
    value === undefined ? [] : [{ field, selector: { [field]: value } }],
  );
  return [...ofTags, ...ofOthers];
}

/** A limit for each group, or an order by a tag, that no VM falls under. */
function tagsNobodyBears({ maxUnavailable, order }: FleetSpec['rollout'], vms: readonly Instance[]): Warning[] {
  const { perTag } = maxUnavailable;
  const isTolerated = (key: string) => vms.some((vm) => tagOf(vm, key) !== null);
  const limit =
    perTag === undefined || isTolerated(perTag.key)
      ? []
      : [
          {
            code: 'limit-matches-nothing',
            message: `rollout.maxUnavailable.perTag holds nobody back: no VM bears the tag ${perTag.key}.`,
          },
        ];
  const isOrdered = order.by !== 'tag' || vms.some((vm) => order.values.includes(tagOf(vm, order.key) ?? '\0'));
  if (isOrdered) return limit;
  const message = `rollout.order orders nobody: no VM bears the tag ${order.key} with one of the values ${listed(order.values)}.`;
  return [...limit, { code: 'order-matches-nothing', message }];
}

/** Dates that are over, by the zone of the windows: of last year, most likely. */
function pastBlackouts({ zone, blackout }: Maintenance, now: Date): Warning[] {
  if (!IANAZone.isValidZone(zone)) return [];
  const today = DateTime.fromJSDate(now, { zone }).toISODate() ?? '';
  const past = blackout
    .map((each) => (typeof each === 'string' ? { from: each, to: each } : each))
    .filter(({ to }) => to < today)
    .map(({ from, to }) => (from === to ? from : `${from} to ${to}`));
  if (past.length === 0) return [];
  const message = `rollout.maintenance.blackout: ${listed(past)} ${past.length === 1 ? 'is' : 'are'} over in ${zone}, where it is ${today}: nothing is held back then.`;
  return [{ code: 'blackout-past', message }];
}

function listed(words: readonly string[]): string {
  const more = words.length > MOST_NAMED ? `, and ${words.length - MOST_NAMED} more` : '';
  return `${words.slice(0, MOST_NAMED).join(', ')}${more}`;
}
