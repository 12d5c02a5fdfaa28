import type { VmSelector } from '../../contracts/fleet/vm-selector.js';
import type { Instance } from '../../jdcloud/schemas.js';

/** Whether a VM, as JD Cloud shows it, is one that a selector means. */
export function matchesSelector(selector: VmSelector, vm: Instance): boolean {
  const { instanceIds, tags, name, imageIds, vpcIds, subnetIds, azs, instanceTypes, statuses } = selector;
  return (
    isAmong(instanceIds, vm.instanceId) &&
    isAmong(imageIds, vm.imageId) &&
    isAmong(vpcIds, vm.vpcId) &&
    isAmong(subnetIds, vm.subnetId) &&
    isAmong(azs, vm.az) &&
    isAmong(instanceTypes, vm.instanceType) &&
    isAmong(statuses, vm.status) &&
    (name === undefined || matchesName(name, vm.instanceName ?? '')) &&
    (tags ?? []).every(({ key, values }) => {
      const value = tagOf(vm, key);
      return value !== null && isAmong(values, value);
    })
  );
}

/** The value of a VM's tag; null for a VM that does not bear it. */
export function tagOf({ tags }: Pick<Instance, 'tags'>, key: string): string | null {
  const tag = tags?.find((each) => each.key === key);
  return tag === undefined ? null : (tag.value ?? '');
}

/**
 * Whether a name is of a pattern, in which `*` is any text, `?` one sign, and all else itself. No regular expression: many
 * stars would keep one busy for years.
 */
export function matchesName(pattern: string, name: string): boolean {
  const [wanted, signs] = [Array.from(pattern), Array.from(name)];
  let [at, sign] = [0, 0];
  let lastStar: { readonly at: number; readonly sign: number } | null = null;
  while (sign < signs.length) {
    if (wanted[at] === '*') {
      lastStar = { at, sign };
      at += 1;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === signs[sign])) {
      at += 1;
      sign += 1;
    } else if (lastStar !== null) {
      // The last star takes one sign more; what the stars before it took need not change.
      lastStar = { at: lastStar.at, sign: lastStar.sign + 1 };
      at = lastStar.at + 1;
      sign = lastStar.sign;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((each) => each === '*');
}

function isAmong(wanted: readonly string[] | undefined, actual: string | null | undefined): boolean {
  return wanted === undefined || (actual != null && wanted.includes(actual));
}
