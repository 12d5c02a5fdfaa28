import { wholeNumber } from '../../contracts/fleet/amount.js';
import type { FleetWave } from '../../contracts/fleet/fleet-plan.js';
import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';

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
