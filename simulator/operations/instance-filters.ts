import { invalidArgument } from '../wire/api-error.js';
import type { QueryFilter, QueryReader } from '../wire/query-reader.js';
import type { VmState } from '../region-state.js';

interface FilterKey {
  readonly read: (vm: VmState) => string | null;
  readonly fuzzy?: true;
  /** Takes one value only. */
  readonly single?: true;
}

/** Keys of describeInstanceStatus and describeInstancesCustomData. */
const COMMON: Readonly<Record<string, FilterKey>> = {
  instanceId: { read: (vm) => vm.instanceId },
  vpcId: { read: (vm) => vm.vpcId },
  status: { read: (vm) => vm.status },
  imageId: { read: (vm) => vm.imageId },
  networkInterfaceId: { read: (vm) => vm.networkInterfaceId },
  subnetId: { read: (vm) => vm.subnetId },
  faultDomain: { read: (vm) => vm.faultDomain },
  agId: { read: (vm) => vm.agId, single: true },
  privateIpAddress: { read: (vm) => vm.privateIpAddress, fuzzy: true },
  name: { read: (vm) => vm.instanceName, fuzzy: true, single: true },
};

/** Keys of describeInstances and describeBriefInstances. */
const FULL: Readonly<Record<string, FilterKey>> = {
  ...COMMON,
  az: { read: (vm) => vm.az },
  instanceType: { read: (vm) => vm.instanceType },
  dedicatedHostId: { read: (vm) => vm.dedicatedHostId },
  dedicatedPoolId: { read: (vm) => vm.dedicatedPoolId },
  elasticIpAddress: { read: (vm) => vm.elasticIpAddress, single: true },
};

const KEYS = { full: FULL, common: COMMON };

// JD Cloud turns an elastic IP into network interfaces and joins the two filters by OR.
const JOINED: Readonly<Record<string, string>> = {
  elasticIpAddress: 'networkInterfaceId',
  networkInterfaceId: 'elasticIpAddress',
};

/**
 * VMs that all filters and tags of the query let pass, newest first.
 * @throws ApiError 400 INVALID_ARGUMENT for an unknown key or operator, or too many values
 */
export function filterVms<T extends VmState>(
  query: QueryReader,
  vms: Iterable<T>,
  keys: keyof typeof KEYS,
): readonly T[] {
  const filters = query.filters().map((filter) => ({ ...filter, test: compile(filter, KEYS[keys]) }));
  const tags = keys === 'full' ? query.tags() : [];
  const passes = (vm: T): boolean =>
    filters.every(
      ({ name, test }) => test(vm) || filters.some((other) => other.name === JOINED[name] && other.test(vm)),
    ) && tags.every(({ key, values }) => vm.tags.some((tag) => tag.key === key && includesOrEmpty(values, tag.value)));
  return [...vms]
    .filter(passes)
    .toSorted((a, b) => (a.launchTime < b.launchTime ? 1 : a.launchTime > b.launchTime ? -1 : 0));
}

function compile(filter: QueryFilter, keys: Readonly<Record<string, FilterKey>>): (vm: VmState) => boolean {
  const key = Object.hasOwn(keys, filter.name) ? keys[filter.name] : undefined;
  if (key === undefined) throw invalidArgument(`Invalid filter name '${filter.name}'`);
  if (key.single === true && filter.values.length > 1) throw invalidArgument(`Filter '${filter.name}' takes one value`);
  const holds = comparison(filter.operator, key.fuzzy === true);
  return (vm) => {
    const actual = key.read(vm);
    if (filter.operator === 'ne') return filter.values.every((value) => actual !== value);
    return actual !== null && filter.values.some((value) => holds(actual, value));
  };
}

function comparison(operator: string, fuzzy: boolean): (actual: string, value: string) => boolean {
  switch (operator) {
    case 'eq':
    case 'in':
      return (actual, value) => (fuzzy ? actual.includes(value) : actual === value);
    case 'like':
      return (actual, value) => actual.includes(value);
    case 'lt':
      return (actual, value) => actual < value;
    case 'le':
      return (actual, value) => actual <= value;
    case 'gt':
      return (actual, value) => actual > value;
    case 'ge':
      return (actual, value) => actual >= value;
    case 'ne':
      return (actual, value) => actual !== value;
    default:
      throw invalidArgument(`Invalid filter operator '${operator}'`);
  }
}

function includesOrEmpty(values: readonly string[], value: string): boolean {
  return values.length === 0 || values.includes(value);
}
