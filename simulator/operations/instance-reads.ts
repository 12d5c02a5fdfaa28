import { invalidArgument } from '../model/api-error.js';
import { utcFromBeijing } from '../model/clock.js';
import type { DataDisk, SystemDisk, VmState } from '../model/region-state.js';
import { unknownVm } from '../region/live-region.js';
import { noteRead } from '../region/transitions.js';
import {
  type ApiCall,
  CUSTOM_DATA_PAGES,
  type Handler,
  LIST_PAGES,
  pageOf,
  type PageRule,
  type QueryFilter,
  type QueryReader,
  readPage,
  withoutEmpty,
} from './parameters.js';

export const describeInstance: Handler = (call) => {
  const instanceId = call.pathParams['instanceId'] ?? '';
  const vm = call.region.vmsSeen(call.behind).find((each) => each.instanceId === instanceId);
  if (vm === undefined) throw unknownVm(instanceId);
  noteIfPresent(call, vm);
  return { instance: instanceView(vm, hostnameField(call)) };
};

export const describeInstances: Handler = (call) => {
  const { vms, totalCount } = list(call, 'full', LIST_PAGES);
  return { instances: vms.map((vm) => instanceView(vm, hostnameField(call))), totalCount };
};

export const describeBriefInstances: Handler = (call) => {
  const { vms, totalCount } = list(call, 'full', LIST_PAGES);
  return { instances: vms.map((vm) => briefInstanceView(vm, hostnameField(call))), totalCount };
};

export const describeInstanceStatus: Handler = (call) => {
  const { vms, totalCount } = list(call, 'common', LIST_PAGES);
  return { instanceStatuses: vms.map(({ instanceId, status }) => ({ instanceId, status })), totalCount };
};

export const describeInstancesCustomData: Handler = (call) => {
  const { vms, totalCount } = list(call, 'common', CUSTOM_DATA_PAGES);
  const customData = vms.map(({ instanceId, metadata, userdata }) => withoutEmpty({ instanceId, metadata, userdata }));
  return { customData, totalCount };
};

function list(call: ApiCall, keys: 'full' | 'common', pages: PageRule) {
  const { region, query, behind } = call;
  const page = readPage(query, pages);
  const matching = filterVms(query, region.vmsSeen(behind), keys);
  const vms = pageOf(matching, page);
  for (const vm of vms) noteIfPresent(call, vm);
  return { vms, totalCount: matching.length };
}

/** A read that is behind shows the VM as it was: nobody has seen it as it is. */
function noteIfPresent({ region }: ApiCall, shown: VmState): void {
  const live = region.vms.get(shown.instanceId);
  if (live === shown) noteRead(live);
}

function hostnameField({ region }: ApiCall): 'hostName' | 'hostname' {
  return region.world.assumptions.hostnameField;
}

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

/** An Instance as describeInstance and describeInstances show it: empty fields left out. */
export function instanceView(vm: VmState, hostnameField: 'hostName' | 'hostname'): object {
  return withoutEmpty({
    ...briefFields(vm, hostnameField),
    description: vm.description,
    elasticIpId: vm.elasticIpId,
    elasticIpAddress: vm.elasticIpAddress,
    primaryNetworkInterface: networkInterface(vm),
    systemDisk: vm.systemDisk && systemDiskView(vm, vm.systemDisk),
    dataDisks: vm.dataDisks.map((disk) => dataDiskView(vm, disk)),
    charge: {
      chargeMode: vm.chargeMode,
      chargeStatus: vm.chargeStatus,
      chargeStartTime: utcFromBeijing(vm.launchTime),
    },
    chargeOnStopped: vm.chargeOnStopped,
    ag: vm.agId && { id: vm.agId, name: vm.agId },
    faultDomain: vm.faultDomain,
    tags: vm.tags,
  });
}

/** An Instance as describeBriefInstances shows it: no charge, tags, network or disk details. */
export function briefInstanceView(vm: VmState, hostnameField: 'hostName' | 'hostname'): object {
  const disk = vm.systemDisk;
  return withoutEmpty({
    ...briefFields(vm, hostnameField),
    systemDisk: disk && {
      diskCategory: disk.diskCategory,
      deviceName: 'vda',
      status: disk.status,
      ...(disk.diskCategory === 'cloud'
        ? { cloudDisk: { diskId: disk.diskId, diskType: disk.diskType, diskSizeGB: disk.diskSizeGB } }
        : { localDisk: { diskType: disk.diskType, diskSizeGB: disk.diskSizeGB } }),
    },
  });
}

function briefFields(vm: VmState, hostnameField: 'hostName' | 'hostname'): Record<string, unknown> {
  return {
    instanceId: vm.instanceId,
    instanceName: vm.instanceName,
    [hostnameField]: vm.hostname,
    instanceType: vm.instanceType,
    vpcId: vm.vpcId,
    subnetId: vm.subnetId,
    privateIpAddress: vm.privateIpAddress,
    status: vm.status,
    imageId: vm.imageId,
    launchTime: vm.launchTime,
    az: vm.az,
    keyNames: vm.keyNames,
    dedicatedHostId: vm.dedicatedHostId,
    dedicatedPoolId: vm.dedicatedPoolId,
    osType: vm.osType,
    osVersion: vm.osVersion,
    platform: vm.platform,
    architecture: vm.architecture,
    bootMode: vm.bootMode,
  };
}

function networkInterface(vm: VmState): object {
  return {
    autoDelete: true,
    deviceIndex: 1,
    networkInterface: withoutEmpty({
      networkInterfaceId: vm.networkInterfaceId,
      macAddress: vm.macAddress,
      vpcId: vm.vpcId,
      subnetId: vm.subnetId,
      securityGroups: vm.securityGroups,
      primaryIp: withoutEmpty({
        privateIpAddress: vm.privateIpAddress,
        elasticIpId: vm.elasticIpId,
        elasticIpAddress: vm.elasticIpAddress,
      }),
    }),
  };
}

function systemDiskView(vm: VmState, disk: SystemDisk): object {
  const { diskType, diskSizeGB } = disk;
  return {
    diskCategory: disk.diskCategory,
    autoDelete: true,
    deviceName: 'vda',
    status: disk.status,
    ...(disk.diskCategory === 'local'
      ? { localDisk: { diskType, diskSizeGB } }
      : {
          cloudDisk: {
            diskId: disk.diskId,
            az: vm.az,
            name: vm.instanceName,
            diskType,
            diskSizeGB,
            status: 'in-use',
            multiAttachable: false,
            encrypted: disk.encrypted,
            createTime: disk.createTime,
          },
        }),
  };
}

function dataDiskView(vm: VmState, disk: DataDisk): object {
  const { diskCategory, deviceName, diskType, diskSizeGB } = disk;
  return {
    diskCategory,
    autoDelete: false,
    deviceName,
    status: 'attached',
    ...(diskCategory === 'local'
      ? { localDisk: { diskType, diskSizeGB } }
      : { cloudDisk: withoutEmpty({ diskId: disk.diskId, az: vm.az, diskType, diskSizeGB, status: 'in-use' }) }),
  };
}
