import type { FleetPlan, FleetRow } from '../../contracts/fleet/fleet-plan.js';
import { hostnameOf, type Image, type ImageConstraints, type Instance } from '../../jdcloud/schemas.js';
import { image as buildImage, keypair, region, vm } from '../../simulator/model/builders.js';
import {
  type DataDisk,
  IMAGE_SOURCES,
  type ImageOverrides,
  type ImageState,
  type RegionState,
  type VmOverrides,
  type VmState,
} from '../../simulator/model/region-state.js';
import type { CloudCopy } from './read-cloud.js';

/** Private images that may be made where the account's quota is not known: no fleet is that large. */
const PLENTY = 1_000_000;

/** What the simulator begins with: what was read of JD Cloud, and nothing more. Pure. */
export function copyOfRegion({ spec, image: target }: FleetPlan, copy: CloudCopy): RegionState {
  const { instances, images, constraints, keyNames, imageQuota } = copy;
  const limitOf = new Map(constraints.map((each) => [each.imageId ?? '', each]));
  const copies = images.map((image) => {
    const like = instances.find(({ imageId }) => imageId === image.imageId) ?? instances[0];
    return copyOfImage(image, limitOf.get(image.imageId) ?? null, like);
  });
  const onto = copies.find(({ imageId }) => imageId === target.imageId);
  const { limit, used } = imageQuota ?? {};
  const left = limit == null || used == null ? PLENTY : Math.max(0, limit - used);
  return region({
    regionId: spec.regionId,
    vms: instances.map((instance) => copyOfVm(instance, onto)),
    images: copies,
    keypairs: keyNames.map((keyName) => keypair(keyName)),
    // The account has further images, which are not copied: what counts is how many it may still make.
    quotas: { image: copies.filter(({ imageSource }) => imageSource === 'private').length + left },
  });
}

/** What of the VMs that a plan rebuilds is not as it says: each would make its start refuse it as stale. Pure. */
export function changesSince({ rows }: Pick<FleetPlan, 'rows'>, { instances }: CloudCopy): string[] {
  const now = new Map(instances.map((instance) => [instance.instanceId, instance]));
  return rows
    .filter(({ wave }) => wave !== null)
    .flatMap((row) => {
      const change = changeOf(row, now.get(row.instanceId));
      return change === null ? [] : [`${row.instanceId} ${change}`];
    });
}

function changeOf({ imageBefore, status }: FleetRow, now: CloudCopy['instances'][number] | undefined): string | null {
  if (now === undefined) return 'is gone';
  if ((now.imageId ?? null) !== imageBefore) return `has image ${now.imageId ?? 'none'}, not ${imageBefore ?? 'none'}`;
  return (now.status ?? 'unknown') === status ? null : `is ${now.status ?? 'unknown'}, not ${status}`;
}

/**
 * An image of the simulator that is as JD Cloud shows one. What it leaves out is taken from a VM that it is to go onto,
 * so that it speaks for no refusal.
 * @param constraints - null: it fits every instance type
 */
export function copyOfImage(
  image: Image,
  constraints: ImageConstraints | null,
  like: Instance | undefined,
): ImageState {
  const overrides: ImageOverrides = {
    name: told(image.name),
    platform: told(image.platform),
    osVersion: told(image.osVersion),
    osType: osTypeOf(image),
    architecture: told(image.architecture ?? like?.architecture),
    bootMode: told(image.bootMode ?? like?.bootMode),
    imageSource: IMAGE_SOURCES.find((source) => source === image.imageSource),
    status: image.status || 'ready',
    offline: told(image.offline),
    expiredTime: told(image.expiredTime),
    ...diskOf(image, like?.systemDisk),
    constraints: limitOf(constraints),
  };
  return buildImage(image.imageId, overrides);
}

function diskOf(
  { systemDiskSizeGB, rootDeviceType, systemDisk }: Image,
  disk: Instance['systemDisk'],
): Pick<ImageOverrides, 'systemDiskSizeGB' | 'rootDeviceType' | 'encrypted'> {
  const isLocal = rootDeviceType == null ? disk?.diskCategory === 'local' : rootDeviceType === 'localDisk';
  return {
    systemDiskSizeGB: Math.max(1, systemDiskSizeGB ?? 1),
    rootDeviceType: isLocal ? 'localDisk' : 'cloudDisk',
    encrypted: told(systemDisk?.cloudDisk?.encrypted ?? disk?.cloudDisk?.encrypted),
  };
}

function limitOf(constraints: ImageConstraints | null): ImageState['constraints'] {
  const limit = constraints?.imageInstanceTypeConstraint;
  if (limit == null) return null;
  const constraintsType = limit.constraintsType === 'includes' ? 'includes' : 'excludes';
  return { constraintsType, instanceTypes: [...(limit.instanceTypes ?? [])] };
}

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
