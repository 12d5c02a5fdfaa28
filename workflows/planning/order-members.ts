import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import { seededRandom } from './seeded-random.js';

/** What a VM's place depends on. */
export interface Placed {
  readonly instanceId: string;
  readonly az: string | null;
  /** Place of its tag's value among those of the order; behind all of them for a VM without one of them. */
  readonly rank: number;
}

/** Puts VMs in the order in which a fleet takes them; where the order leaves two alike, by their ids. Pure. */
export function orderMembers<Member extends Placed>(
  members: readonly Member[],
  order: RolloutPolicy['order'],
): Member[] {
  const byId = members.toSorted((a, b) => compare(a.instanceId, b.instanceId));
  switch (order.by) {
    case 'id':
      return byId;
    case 'tag':
      return byId.toSorted((a, b) => a.rank - b.rank);
    case 'az':
      return roundRobin(byId);
    case 'random':
      return shuffled(byId, seededRandom(order.seed));
  }
}

/** One of each zone in turn, zones by name, until the largest is used up. */
function roundRobin<Member extends Placed>(members: readonly Member[]): Member[] {
  const zones = new Map<string, Member[]>();
  for (const member of members) {
    const zone = zones.get(member.az ?? '') ?? [];
    zone.push(member);
    zones.set(member.az ?? '', zone);
  }
  const lists = [...zones].toSorted(([a], [b]) => compare(a, b)).map(([, list]) => list);
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) => lists.flatMap((list) => list.slice(round, round + 1))).flat();
}

/** Each order is as likely as any other: sorted by a number drawn for each. */
function shuffled<Member>(members: readonly Member[], random: () => number): Member[] {
  return members
    .map((member) => ({ member, drawn: random() }))
    .toSorted((a, b) => a.drawn - b.drawn)
    .map(({ member }) => member);
}

/** By code points, not by a locale: the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
