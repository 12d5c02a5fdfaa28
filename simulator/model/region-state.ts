import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';

const Pair = z.strictObject({ key: z.string(), value: z.string() });

/** `YYYY-MM-DD HH:mm:ss`, Beijing time. */
const BeijingTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, 'must look like 2026-06-01 12:00:00')
  .refine((text) => !Number.isNaN(Date.parse(`${text.replace(' ', 'T')}Z`)), 'is no time');

/** Disk that the VM boots from. `diskCategory` local is 40 GiB on the host; cloud is a volume of its own. */
export const SystemDisk = z.strictObject({
  diskCategory: z.enum(['cloud', 'local']),
  diskId: z.string(),
  diskType: z.string(),
  diskSizeGB: z.int().positive(),
  encrypted: z.boolean(),
  /** Attachment status; only `attached` lets the VM start or be rebuilt. */
  status: z.string(),
  createTime: BeijingTime,
});
export type SystemDisk = z.output<typeof SystemDisk>;

/** Further disk of a VM. `wiped` is ours: a stop with stopCharging empties local disks. */
export const DataDisk = z.strictObject({
  deviceName: z.string(),
  diskCategory: z.enum(['cloud', 'local']),
  diskId: z.string().nullable(),
  diskType: z.string(),
  diskSizeGB: z.int().positive(),
  wiped: z.boolean().default(false),
});
export type DataDisk = z.output<typeof DataDisk>;

/** A VM of a region, as JD Cloud's model has it (VM API 1.6.1) with the nested network parts flattened. */
export const VmState = z.strictObject({
  instanceId: z.string().min(1),
  instanceName: z.string(),
  description: z.string(),
  hostname: z.string(),
  /** Open string: JD Cloud may add statuses. */
  status: z.string().min(1),
  instanceType: z.string(),
  imageId: z.string(),
  az: z.string(),
  vpcId: z.string(),
  subnetId: z.string(),
  privateIpAddress: z.string(),
  elasticIpId: z.string().nullable(),
  elasticIpAddress: z.string().nullable(),
  networkInterfaceId: z.string(),
  macAddress: z.string(),
  securityGroups: z.array(z.strictObject({ groupId: z.string(), groupName: z.string() })),
  launchTime: BeijingTime,
  /** null: the VM has lost its system disk. */
  systemDisk: SystemDisk.nullable(),
  dataDisks: z.array(DataDisk),
  keyNames: z.array(z.string()),
  metadata: z.array(Pair),
  userdata: z.array(Pair),
  tags: z.array(Pair),
  chargeMode: z.string(),
  chargeStatus: z.string(),
  chargeOnStopped: z.enum(['keepCharging', 'stopCharging']),
  osType: z.enum(['linux', 'windows']),
  platform: z.string(),
  osVersion: z.string(),
  architecture: z.string(),
  bootMode: z.string(),
  agId: z.string().nullable(),
  faultDomain: z.string().nullable(),
  dedicatedHostId: z.string().nullable(),
  dedicatedPoolId: z.string().nullable(),
});
export type VmState = z.output<typeof VmState>;

/** Where an image comes from. */
export const IMAGE_SOURCES = ['public', 'thirdparty', 'private', 'shared', 'community'] as const;

/** An image. `visible`, `protected` and `constraints` are ours; the rest is JD Cloud's model. */
export const ImageState = z.strictObject({
  imageId: z.string().min(1),
  name: z.string(),
  desc: z.string(),
  platform: z.string(),
  osType: z.enum(['linux', 'windows']),
  osVersion: z.string(),
  architecture: z.string(),
  bootMode: z.string(),
  systemDiskSizeGB: z.int().positive(),
  imageSource: z.enum(IMAGE_SOURCES),
  /** Pin of the account that it belongs to. */
  ownerPin: z.string(),
  /** Open string: `pending`, `ready`, `deleting`, `error`. */
  status: z.string().min(1),
  createTime: BeijingTime,
  sizeMB: z.int(),
  loginName: z.string(),
  launchPermission: z.enum(['all', 'specifiedUsers', 'ownerOnly']),
  rootDeviceType: z.enum(['cloudDisk', 'localDisk']),
  snapshotId: z.string(),
  progress: z.string(),
  offline: z.boolean(),
  expiredTime: z.string(),
  encrypted: z.boolean(),
  /** Cloud data disks that it holds a snapshot of. */
  dataDisks: z.array(z.strictObject({ deviceName: z.string(), diskSizeGB: z.int().positive() })),
  /** VM that the image was made from. */
  instanceId: z.string().nullable(),
  /** Whether this account may see and use the image; false answers like an unknown id. */
  visible: z.boolean(),
  protected: z.boolean(),
  /** null: no limit of instance types. Only public and third-party images have one. */
  constraints: z
    .strictObject({ constraintsType: z.enum(['excludes', 'includes']), instanceTypes: z.array(z.string()) })
    .nullable(),
});
export type ImageState = z.output<typeof ImageState>;

/** An SSH key pair. Which VMs hold it is read from the VMs. */
export const KeypairState = z.strictObject({
  keyName: z.string().min(1),
  keyFingerprint: z.string(),
  createTime: BeijingTime,
});
export type KeypairState = z.output<typeof KeypairState>;

/** Kinds of quota that describeQuotas knows. */
export const QUOTA_TYPES = [
  'instance',
  'instance_cpu',
  'instance_memory',
  'instance_local_disk',
  'keypair',
  'image',
  'instanceTemplate',
  'imageShare',
] as const;
export type QuotaType = (typeof QUOTA_TYPES)[number];

/** Limits of the account, for kinds that differ from the documented defaults. */
export const QuotaLimits = z.partialRecord(z.enum(QUOTA_TYPES), z.int().nonnegative());
export type QuotaLimits = z.output<typeof QuotaLimits>;

/** Everything that a simulated region holds when it starts. */
export interface RegionState {
  readonly regionId: string;
  readonly vms: readonly VmState[];
  readonly images: readonly ImageState[];
  readonly keypairs: readonly KeypairState[];
  readonly quotas: QuotaLimits;
}

/** What a state file says of a VM: only the id is needed, the builders fill the rest. */
export const VmOverrides = VmState.extend({ systemDisk: SystemDisk.partial().nullable() }).partial();
export type VmOverrides = z.input<typeof VmOverrides>;

/** What a state file says of an image: only the id is needed. */
export const ImageOverrides = ImageState.partial();
export type ImageOverrides = z.input<typeof ImageOverrides>;

/** What a state file says of a key pair: only the name is needed. */
export const KeypairOverrides = KeypairState.partial();
export type KeypairOverrides = z.input<typeof KeypairOverrides>;

/** The state file: `reimage simulator --state FILE`. */
export const RegionFile = z.strictObject({
  regionId: z.string().min(1).default('cn-north-1'),
  vms: z.array(VmOverrides.required({ instanceId: true })).default([]),
  images: z.array(ImageOverrides.required({ imageId: true })).default([]),
  keypairs: z.array(KeypairOverrides.required({ keyName: true })).default([]),
  quotas: QuotaLimits.default({}),
});

/** A fresh id in JD Cloud's form, for example `vol-3k9d0a7c1f`. */
export function freshId(prefix: 'vol' | 'img' | 'snapshot'): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** An id that is always the same for the same owner, so that builders give stable machines. */
export function derivedId(prefix: string, owner: string): string {
  return `${prefix}-${createHash('sha256').update(`${prefix} ${owner}`).digest('hex').slice(0, 10)}`;
}

/** A request id: 32 lower-case hex digits, as the VM service sends them. */
export function freshRequestId(): string {
  return randomBytes(16).toString('hex');
}

/**
 * The host name that a VM of this name gets where none is asked for: letters, digits and single dashes between them, as
 * RFC 952 and 1123 want.
 */
export function hostnameFrom(instanceName: string): string {
  const name = instanceName.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return name.length < 2 ? 'host' : name.slice(0, 64);
}
