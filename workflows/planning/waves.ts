import type { FleetWave } from '../../contracts/fleet/fleet-plan.js';
import { type RolloutPolicy, wholeNumber } from '../../contracts/fleet/rollout-policy.js';

/** A fleet in its waves: each takes the next of the members. */
export interface Formation<Member> {
  readonly members: readonly Member[];
  readonly waves: readonly FleetWave[];
}

/**
 * Forms the waves of a fleet as Ansible's `serial` does: each entry is the size of one wave, a percentage is of the
 * whole fleet, and the last entry repeats until no VM is left. The canary comes before them and is no part of that.
 * It counts as the first wave all the same: the one behind it is called `wave 2`, as people are told everywhere. Every VM is in exactly one wave, and none is empty. Pure.
 * @param members - those that are rebuilt, in their order
 */
export function formWaves<Member extends { readonly instanceId: string }>(
  members: readonly Member[],
  { canary, waves }: Pick<RolloutPolicy, 'canary' | 'waves'>,
): Formation<Member> {
  const named = typeof canary === 'object' ? canary.instanceIds : [];
  const isNamed = new Set(named);
  const ordered = [
    ...members.filter(({ instanceId }) => isNamed.has(instanceId)),
    ...members.filter(({ instanceId }) => !isNamed.has(instanceId)),
  ];
  const wanted =
    typeof canary === 'object'
      ? members.filter(({ instanceId }) => isNamed.has(instanceId)).length
      : wholeNumber(canary, members.length, 'up');
  const canarySize = Math.min(wanted, members.length);
  const formed: FleetWave[] = canarySize > 0 ? [{ name: 'canary', size: canarySize }] : [];
  let left = members.length - canarySize;
  for (let index = 0; left > 0; index += 1) {
    const entry = waves[Math.min(index, waves.length - 1)] ?? '100%';
    const size = Math.min(left, Math.max(1, wholeNumber(entry, members.length, 'up')));
    formed.push({ name: `wave ${formed.length + 1}`, size });
    left -= size;
  }
  return { members: ordered, waves: formed };
}

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

/**
 * Numbers that look random and are the same for the same seed, each at least 0 and below 1 (mulberry32): the order of a
 * fleet must not change between two plans of it.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
