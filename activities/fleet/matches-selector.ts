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
    (name === undefined || patternOf(name).test(vm.instanceName ?? '')) &&
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

/** The pattern of names: `*` is any text, `?` one sign, all else itself. */
export function patternOf(name: string): RegExp {
  const source = name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (sign) =>
    sign === '*' ? '.*' : sign === '?' ? '.' : `\\u{${sign.charCodeAt(0).toString(16)}}`,
  );
  return new RegExp(`^${source.replaceAll(/(?:\.\*)+/g, '.*')}$`, 'su');
}

function isAmong(wanted: readonly string[] | undefined, actual: string | null | undefined): boolean {
  return wanted === undefined || (actual != null && wanted.includes(actual));
}
