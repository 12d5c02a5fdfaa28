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
