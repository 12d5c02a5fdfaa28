import * as z from 'zod';

/** A text that JD Cloud may leave out or send as null. */
export const text = z.string().nullish();
/** A number that JD Cloud may leave out or send as null. */
export const number = z.number().nullish();
/** A yes or no that JD Cloud may leave out or send as null. */
export const flag = z.boolean().nullish();

/** Local disk of a host: lost when the VM's resources are released. Size in GiB, kept in JD Cloud's spelling. */
const LocalDisk = z.looseObject({ diskType: text, diskSizeGB: number });

/** Cloud disk. Brief answers hold only id, type and size. */
const CloudDisk = z.looseObject({
  diskId: text,
  name: text,
  diskType: text,
  diskSizeGB: number,
  status: text,
  snapshotId: text,
  encrypted: flag,
  createTime: text,
});

/** A disk of a VM or of an image: `diskCategory` says whether `localDisk` or `cloudDisk` is filled in. */
export const InstanceDiskAttachment = z.looseObject({
  diskCategory: text,
  autoDelete: flag,
  deviceName: text,
  status: text,
  localDisk: LocalDisk.nullish(),
  cloudDisk: CloudDisk.nullish(),
});
export type InstanceDiskAttachment = z.output<typeof InstanceDiskAttachment>;

/*
 * JD Cloud marks every field of its answers optional and leaves empty ones out, so only ids are
 * required here. Declared is what somebody reads; everything else passes through untouched.
 * Status words are open strings: new ones appear without notice.
 */

const texts = z.array(z.string()).nullish();
const disks = z.array(InstanceDiskAttachment).nullish();
const Pair = z.looseObject({ key: z.string(), value: text });

/** How a VM is paid for. Times are ISO 8601, UTC. */
const Charge = z.looseObject({
  chargeMode: text,
  chargeStatus: text,
  chargeStartTime: text,
  chargeExpiredTime: text,
  chargeRetireTime: text,
});

/** A network interface on a VM. */
const NetworkInterface = z.looseObject({
  networkInterface: z
    .looseObject({
      networkInterfaceId: text,
      macAddress: text,
      securityGroups: z.array(z.looseObject({ groupId: text })).nullish(),
    })
    .nullish(),
});

/** A VM. `launchTime` is Beijing time without a zone. JD Cloud sends `hostName` in samples and `hostname` in models: ask {@link hostnameOf}. */
export const Instance = z.looseObject({
  instanceId: z.string().min(1),
  instanceName: text,
  hostname: text,
  hostName: text,
  instanceType: text,
  status: text,
  description: text,
  imageId: text,
  systemDisk: InstanceDiskAttachment.nullish(),
  dataDisks: disks,
  primaryNetworkInterface: NetworkInterface.nullish(),
  secondaryNetworkInterfaces: z.array(NetworkInterface).nullish(),
  vpcId: text,
  subnetId: text,
  privateIpAddress: text,
  elasticIpAddress: text,
  launchTime: text,
  az: text,
  keyNames: texts,
  charge: Charge.nullish(),
  chargeOnStopped: text,
  tags: z.array(Pair).nullish(),
  dedicatedHostId: text,
  osType: text,
  osVersion: text,
  platform: text,
  architecture: text,
  bootMode: text,
});
export type Instance = z.output<typeof Instance>;

/** The host name under whichever of its two spellings JD Cloud sent it; null when it sent neither. */
export function hostnameOf({ hostname, hostName }: Pick<Instance, 'hostname' | 'hostName'>): string | null {
  return hostname ?? hostName ?? null;
}

/** Status of one VM, from describeInstanceStatus. */
export const InstanceStatus = z.looseObject({ instanceId: z.string().min(1), status: z.string().min(1) });
export type InstanceStatus = z.output<typeof InstanceStatus>;

/** An image. `systemDiskSizeGB` is the least size of a system disk for it; `progress` is a text from "0" to "100"; `expiredTime` empty means never. */
export const Image = z.looseObject({
  imageId: z.string().min(1),
  name: text,
  platform: text,
  osType: text,
  osVersion: text,
  architecture: text,
  systemDiskSizeGB: number,
  imageSource: text,
  status: text,
  createTime: text,
  desc: text,
  ownerPin: text,
  loginName: text,
  launchPermission: text,
  systemDisk: InstanceDiskAttachment.nullish(),
  dataDisks: disks,
  snapshotId: text,
  rootDeviceType: text,
  progress: text,
  offline: flag,
  bootMode: text,
  uefiSupport: flag,
  expiredTime: text,
  instanceId: text,
});
export type Image = z.output<typeof Image>;

/** Which instance types an image refuses (`excludes`) or is limited to (`includes`). No inner object: no limit. */
export const ImageConstraints = z.looseObject({
  imageId: text,
  imageInstanceTypeConstraint: z.looseObject({ constraintsType: text, instanceTypes: texts }).nullish(),
});
export type ImageConstraints = z.output<typeof ImageConstraints>;

/** An SSH key pair; only its public facts. */
export const Keypair = z.looseObject({
  keyName: z.string().min(1),
  keyFingerprint: text,
  createTime: text,
  instanceIds: texts,
});
export type Keypair = z.output<typeof Keypair>;

/** Metadata and userdata of a VM, from describeInstancesCustomData. Userdata values are base64. */
export const InstanceCustomData = z.looseObject({
  instanceId: z.string().min(1),
  metadata: z.array(Pair).nullish(),
  userdata: z.array(Pair).nullish(),
});
export type InstanceCustomData = z.output<typeof InstanceCustomData>;

/** How much of a kind of thing the account may have in the region, and has. */
export const Quota = z.looseObject({ resourceType: z.string().min(1), limit: number, used: number });
export type Quota = z.output<typeof Quota>;
