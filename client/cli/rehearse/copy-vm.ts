import { hostnameOf, type Instance } from '../../../jdcloud/schemas.js';
import { vm } from '../../../simulator/builders.js';
import type { DataDisk, VmOverrides, VmState } from '../../../simulator/region-state.js';

type Disk = NonNullable<Instance['systemDisk']>;

/** What the image is taken to be where a VM does not say it of itself. */
export interface VmDefaults {
  readonly architecture?: string | undefined;
  readonly bootMode?: string | undefined;
}

const BEIJING_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/**
 * A VM of the simulator that is as JD Cloud shows one. What it leaves out is filled in so that it speaks for no refusal:
 * what is not reported, the worker does not judge by either. Metadata and userdata are not read.
 */
export function copyOfVm(instance: Instance, defaults: VmDefaults = {}): VmState {
  const { charge, systemDisk, primaryNetworkInterface, keyNames, tags } = instance;
  const overrides: VmOverrides = {
    ...textsOf(instance),
    hostname: told(hostnameOf(instance)),
    architecture: instance.architecture ?? defaults.architecture,
    bootMode: instance.bootMode ?? defaults.bootMode,
    osType: osTypeOf(instance),
    ...networkOf(primaryNetworkInterface),
    launchTime: timeOf(instance.launchTime),
    keyNames: [...(keyNames ?? [])],
    tags: (tags ?? []).map(({ key, value }) => ({ key, value: value ?? '' })),
    ...chargeOf(charge),
    chargeOnStopped: instance.chargeOnStopped === 'stopCharging' ? 'stopCharging' : 'keepCharging',
    systemDisk: systemDisk == null ? null : systemDiskOf(systemDisk),
    dataDisks: (instance.dataDisks ?? []).map(dataDiskOf),
  };
  return vm(instance.instanceId, instance.status || 'unknown', overrides);
}

/** Windows or Linux, by whichever of the two fields there is: `osType` is newer than `platform`. */
export function osTypeOf({ osType, platform }: Pick<Instance, 'osType' | 'platform'>): 'windows' | 'linux' {
  return /windows/i.test(osType ?? platform ?? '') ? 'windows' : 'linux';
}

/** A field that JD Cloud has left out, as the builders take it: they fill it in. */
export function told<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

function chargeOf(charge: Instance['charge']): VmOverrides {
  return { chargeMode: told(charge?.chargeMode), chargeStatus: told(charge?.chargeStatus) };
}

function networkOf(primary: Instance['primaryNetworkInterface']): VmOverrides {
  const network = primary?.networkInterface;
  return { networkInterfaceId: told(network?.networkInterfaceId), macAddress: told(network?.macAddress) };
}

function textsOf(instance: Instance): VmOverrides {
  return {
    instanceName: told(instance.instanceName),
    description: told(instance.description),
    instanceType: told(instance.instanceType),
    imageId: told(instance.imageId),
    az: told(instance.az),
    vpcId: told(instance.vpcId),
    subnetId: told(instance.subnetId),
    privateIpAddress: told(instance.privateIpAddress),
    elasticIpAddress: told(instance.elasticIpAddress),
    dedicatedHostId: told(instance.dedicatedHostId),
    osVersion: told(instance.osVersion),
    platform: told(instance.platform),
  };
}

function systemDiskOf(disk: Disk): NonNullable<VmOverrides['systemDisk']> {
  const { cloudDisk, status } = disk;
  const { diskType, diskSizeGB } = ownPartOf(disk) ?? {};
  return {
    diskCategory: disk.diskCategory === 'local' ? 'local' : 'cloud',
    diskId: told(cloudDisk?.diskId),
    diskType: told(diskType),
    diskSizeGB: sizeOf(diskSizeGB),
    encrypted: told(cloudDisk?.encrypted),
    status: status || 'attached',
    createTime: timeOf(cloudDisk?.createTime),
  };
}

function dataDiskOf(disk: Disk, index: number): DataDisk {
  const { diskType, diskSizeGB } = ownPartOf(disk) ?? {};
  return {
    deviceName: disk.deviceName || `vd${String.fromCodePoint('b'.charCodeAt(0) + index)}`,
    diskCategory: disk.diskCategory === 'local' ? 'local' : 'cloud',
    diskId: disk.cloudDisk?.diskId ?? null,
    diskType: diskType ?? 'ssd.gp1',
    diskSizeGB: sizeOf(diskSizeGB) ?? 20,
    wiped: false,
  };
}

/** Of a disk on the host one part is filled in, of a volume the other. */
function ownPartOf({ diskCategory, localDisk, cloudDisk }: Disk): Disk['localDisk'] {
  return diskCategory === 'local' ? localDisk : cloudDisk;
}

function sizeOf(size: number | null | undefined): number | undefined {
  return size != null && Number.isInteger(size) && size > 0 ? size : undefined;
}

function timeOf(text: string | null | undefined): string | undefined {
  return text != null && BEIJING_TIME.test(text) ? text : undefined;
}
