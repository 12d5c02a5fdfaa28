import { createHash } from 'node:crypto';
import {
  derivedId,
  hostnameFrom,
  type ImageOverrides,
  ImageState,
  type KeypairOverrides,
  KeypairState,
  type QuotaLimits,
  type RegionState,
  type SystemDisk,
  type VmOverrides,
  VmState,
} from './region-state.js';

/** Image that {@link vm} gives a VM and {@link region} adds when no images are given. */
export const DEFAULT_IMAGE_ID = 'img-ubuntu2204';

/** A second image that fits what {@link vm} makes; {@link region} adds it when no images are given. */
export const OTHER_IMAGE_ID = 'img-ubuntu2404';

/**
 * A VM with believable fields: Linux, cloud system disk of 40 GiB, no data disks, no key.
 * @throws ZodError when an override does not fit the model
 */
export function vm(instanceId: string, status = 'running', overrides: VmOverrides = {}): VmState {
  const { systemDisk, ...rest } = defined(overrides);
  return VmState.parse({
    ...boringVm(instanceId, status),
    hostname: hostnameFrom(rest.instanceName ?? instanceId),
    ...rest,
    systemDisk: systemDisk === null ? null : { ...boringSystemDisk(instanceId), ...defined(systemDisk ?? {}) },
  });
}

/** The account of the simulator itself: what it makes is its own. */
export const OWN_PIN = 'simulated-account';

/** Whose the images of each source are, unless one says it. */
const OWNERS = {
  private: OWN_PIN,
  shared: 'another-account',
  community: 'another-account',
  public: 'jdcloud',
  thirdparty: 'a-vendor',
} as const;

/**
 * A ready private Linux image for a cloud disk of 40 GiB: it fits what {@link vm} makes.
 * @throws ZodError when an override does not fit the model
 */
export function image(imageId: string, overrides: ImageOverrides = {}): ImageState {
  const given = defined(overrides);
  const windows = given.osType === 'windows';
  return ImageState.parse({
    imageId,
    name: imageId,
    desc: '',
    platform: windows ? 'Windows Server' : 'Ubuntu',
    osType: 'linux',
    osVersion: windows ? '2022' : '22.04',
    architecture: 'x86_64',
    bootMode: 'bios',
    systemDiskSizeGB: 40,
    imageSource: 'private',
    ownerPin: OWNERS[given.imageSource ?? 'private'],
    status: 'ready',
    createTime: '2026-05-11 10:00:00',
    sizeMB: 2048,
    loginName: windows ? 'Administrator' : 'root',
    launchPermission: 'ownerOnly',
    rootDeviceType: 'cloudDisk',
    snapshotId: given.rootDeviceType === 'localDisk' ? '' : derivedId('snapshot', imageId),
    progress: '100',
    offline: false,
    expiredTime: '',
    encrypted: false,
    dataDisks: [],
    instanceId: null,
    visible: true,
    protected: false,
    constraints: null,
    ...given,
  });
}

/** A key pair with a fingerprint made from its name. */
export function keypair(keyName: string, overrides: KeypairOverrides = {}): KeypairState {
  const digest = createHash('md5').update(keyName).digest('hex');
  return KeypairState.parse({
    keyName,
    keyFingerprint: digest.match(/../g)?.join(':'),
    createTime: '2026-03-02 09:30:00',
    ...defined(overrides),
  });
}

/** A region of what is given. Without images it has two that fit every VM of {@link vm}. */
export function region(parts: {
  regionId?: string;
  vms?: readonly VmState[];
  images?: readonly ImageState[];
  keypairs?: readonly KeypairState[];
  quotas?: QuotaLimits;
}): RegionState {
  return {
    regionId: parts.regionId ?? 'cn-north-1',
    vms: parts.vms ?? [],
    images: parts.images ?? [image(DEFAULT_IMAGE_ID), image(OTHER_IMAGE_ID, { osVersion: '24.04' })],
    keypairs: parts.keypairs ?? [keypair('ops')],
    quotas: parts.quotas ?? {},
  };
}

/** Drops keys that hold undefined, so that a spread does not erase a default. */
function defined<T extends object>(object: T): Partial<T> {
  const kept: Partial<T> = { ...object };
  for (const key of Object.keys(kept)) {
    if (Reflect.get(kept, key) === undefined) Reflect.deleteProperty(kept, key);
  }
  return kept;
}

function boringVm(instanceId: string, status: string): Omit<VmState, 'systemDisk' | 'hostname'> {
  const [a = 0, b = 0] = createHash('sha256').update(instanceId).digest();
  return {
    instanceId,
    instanceName: instanceId,
    description: '',
    status,
    instanceType: 'g.n2.large',
    imageId: DEFAULT_IMAGE_ID,
    az: 'cn-north-1a',
    vpcId: derivedId('vpc', 'default'),
    subnetId: derivedId('subnet', 'default'),
    privateIpAddress: `10.0.${a}.${(b % 250) + 3}`,
    elasticIpId: null,
    elasticIpAddress: null,
    networkInterfaceId: derivedId('port', instanceId),
    macAddress: `fa:16:3e:00:${hexByte(a)}:${hexByte(b)}`,
    securityGroups: [{ groupId: derivedId('sg', 'default'), groupName: 'default' }],
    launchTime: '2026-06-01 12:00:00',
    dataDisks: [],
    keyNames: [],
    metadata: [],
    userdata: [],
    tags: [],
    chargeMode: 'postpaid_by_duration',
    chargeStatus: 'normal',
    chargeOnStopped: 'keepCharging',
    osType: 'linux',
    platform: 'Ubuntu',
    osVersion: '22.04',
    architecture: 'x86_64',
    bootMode: 'bios',
    agId: null,
    faultDomain: null,
    dedicatedHostId: null,
    dedicatedPoolId: null,
  };
}

function boringSystemDisk(instanceId: string): SystemDisk {
  return {
    diskCategory: 'cloud',
    diskId: derivedId('vol', instanceId),
    diskType: 'ssd.gp1',
    diskSizeGB: 40,
    encrypted: false,
    status: 'attached',
    createTime: '2026-06-01 11:59:20',
  };
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

const UBUNTU_22 = derivedId('img', 'ubuntu-22.04');
const UBUNTU_24 = derivedId('img', 'ubuntu-24.04');
const UBUNTU_LOCAL = derivedId('img', 'ubuntu-22.04-local');
const UBUNTU_ARM = derivedId('img', 'ubuntu-22.04-arm64');
const CENTOS = derivedId('img', 'centos-7.9');
const WINDOWS = derivedId('img', 'windows-2022');
const GOLDEN = derivedId('img', 'shop-golden');
const GPU_TYPE = 'p.n1p40.large';

/** A region cn-north-1 with the machines of a small shop, images and keys. The ids are the same at each start. */
export function defaultState(): RegionState {
  return region({
    vms: vms(),
    images: images(),
    keypairs: [keypair('ops'), keypair('deploy'), keypair('break-glass')],
  });
}

function images(): ImageState[] {
  const official = { imageSource: 'public', launchPermission: 'all', createTime: '2026-02-01 10:00:00' } as const;
  const noGpu = { constraintsType: 'excludes' as const, instanceTypes: [GPU_TYPE] };
  return [
    image(UBUNTU_22, { ...official, name: 'Ubuntu 22.04 64bit', constraints: noGpu }),
    image(UBUNTU_24, { ...official, name: 'Ubuntu 24.04 64bit', osVersion: '24.04', constraints: noGpu }),
    image(UBUNTU_LOCAL, { ...official, name: 'Ubuntu 22.04 64bit local', rootDeviceType: 'localDisk' }),
    image(UBUNTU_ARM, { ...official, name: 'Ubuntu 22.04 arm64', architecture: 'arm64', bootMode: 'uefi' }),
    image(CENTOS, { ...official, name: 'CentOS 7.9 64bit', platform: 'CentOS', osVersion: '7.9', offline: true }),
    image(WINDOWS, { ...official, name: 'Windows Server 2022', osType: 'windows', systemDiskSizeGB: 60 }),
    image(GOLDEN, { name: 'shop-golden-2026-10', desc: 'Ubuntu 22.04 with agents', createTime: '2026-10-04 02:00:00' }),
  ];
}

function vms(): VmState[] {
  const local = { deviceName: 'vdb', diskCategory: 'local', diskId: null, diskType: 'ssd', diskSizeGB: 500 } as const;
  const arm = { imageId: UBUNTU_ARM, architecture: 'arm64', bootMode: 'uefi' };
  const windows = { osType: 'windows', platform: 'Windows Server', osVersion: '2022' } as const;
  const centos = { imageId: CENTOS, platform: 'CentOS', osVersion: '7.9' };
  return [
    machine('web-1', 'running', {
      elasticIpId: derivedId('fip', 'web-1'),
      elasticIpAddress: '203.0.113.11',
      keyNames: ['ops'],
      metadata: [{ key: 'role', value: 'web' }],
    }),
    machine('web-2', 'running', { az: 'cn-north-1b', keyNames: ['ops'] }),
    machine('web-3', 'running', { az: 'cn-north-1c', keyNames: ['ops'] }),
    machine('web-4', 'stopped', { keyNames: ['ops'] }),
    machine('api-1', 'running', { imageId: GOLDEN, instanceType: 'g.n2.xlarge', keyNames: ['deploy'] }),
    machine('api-2', 'running', { imageId: GOLDEN, instanceType: 'g.n2.xlarge', keyNames: ['deploy'] }),
    machine('batch-1', 'running', { chargeOnStopped: 'stopCharging', instanceType: 'i.n1.large', dataDisks: [local] }),
    machine('cache-1', 'running', { imageId: UBUNTU_LOCAL, systemDisk: { diskCategory: 'local', diskType: 'ssd' } }),
    machine('arm-1', 'running', { ...arm, instanceType: 'g.a1.large' }),
    machine('office-1', 'running', { ...windows, imageId: WINDOWS, systemDisk: { diskSizeGB: 80 } }),
    machine('legacy-1', 'stopped', centos),
    machine('ml-1', 'running', { imageId: GOLDEN, instanceType: GPU_TYPE }),
    machine('lost-1', 'error', {}),
  ];
}

function machine(name: string, status: string, overrides: VmOverrides): VmState {
  const [group = name] = name.split('-');
  const usual = { instanceName: name, hostname: name, imageId: UBUNTU_22, tags: [{ key: 'group', value: group }] };
  return vm(derivedId('i', name), status, { ...usual, ...overrides });
}
