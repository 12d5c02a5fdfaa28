import * as z from 'zod';
import type { VmRef } from './ids.js';

export const BACKUPS = ['none', 'image'] as const;

const DURATION = /^([1-9]\d{0,3})([hdw])$/;
const HOURS = { h: 1, d: 24, w: 168 } as const;

/** Which of a VM's backups are kept when a new one is there: the newest N, or those younger than a duration. */
export const KeepBackups = z
  .union([
    z.int().min(1).max(100),
    z.string().regex(DURATION, 'must be a number, or a duration such as 36h, 30d or 8w'),
  ])
  .meta({ description: 'How many backups of the VM are kept (3), or how old they may get (36h, 30d, 8w)' });
export type KeepBackups = z.output<typeof KeepBackups>;

/** The duration's milliseconds; null for a count. */
export function keepBackupsMs(keep: KeepBackups): number | null {
  const [, count, unit] = DURATION.exec(String(keep)) ?? [];
  if (unit !== 'h' && unit !== 'd' && unit !== 'w') return null;
  return Number(count) * HOURS[unit] * 3_600_000;
}

/** How every backup image's name and description begin: only images with both are ever deleted. */
export const BACKUP_NAME_PREFIX = 'reimage-';
const DESCRIPTION_PREFIX = 'reimage-backup';

/** Longest name of an image that JD Cloud takes. */
const NAME_MAX = 32;

/** The name of an operation's backup image: the same each time it is asked. @param unique - eight letters or digits that no other operation of the VM has */
export function backupName({ instanceId }: VmRef, unique: string): string {
  const room = NAME_MAX - BACKUP_NAME_PREFIX.length - unique.length - 1;
  return `${BACKUP_NAME_PREFIX}${instanceId.slice(0, room)}-${unique}`;
}

/** The description that marks an image as a backup of this VM. At most 256 characters. @param unique - as for {@link backupName} */
export function backupDescription(vm: VmRef, unique: string): string {
  return `${DESCRIPTION_PREFIX} of ${vm.instanceId} in ${vm.regionId}, operation ${unique}`;
}

/** The VM that a backup image is of, by its name and description; null when Reimage did not make it. */
export function backupOf(image: {
  readonly name?: string | null;
  readonly description?: string | null;
}): string | null {
  if (!image.name?.startsWith(BACKUP_NAME_PREFIX)) return null;
  const match = /^reimage-backup of (\S+) in (\S+), operation (\S+)$/.exec(image.description ?? '');
  return match?.[1] ?? null;
}

/** A backup image as JD Cloud reports it. */
export const BackupImage = z.object({
  imageId: z.string(),
  name: z.string(),
  instanceId: z.string(),
  status: z.string(),
  createdAt: z.string().nullable(),
  /** VMs that have it as their image now. */
  usedBy: z.array(z.string()),
});
export type BackupImage = z.output<typeof BackupImage>;

/** What a clean-up did, or, as a dry run, would do. */
export const PruneReport = z.object({
  deleted: z.array(BackupImage),
  kept: z.array(BackupImage),
  /** Those that should have gone and did not, each with why. */
  refused: z.array(z.object({ imageId: z.string(), why: z.string() })),
  dryRun: z.boolean(),
});
export type PruneReport = z.output<typeof PruneReport>;

/** The backup of one rebuild. */
export const Backup = z.object({
  imageId: z.string(),
  name: z.string(),
  /** JD Cloud's status when last seen: `ready` is what a rebuild waits for. */
  status: z.string(),
  /** Whether cloud data disks are in it. */
  dataDisks: z.boolean(),
  /** Older backups that were deleted once this one had served. */
  pruned: z.array(z.string()),
});
export type Backup = z.output<typeof Backup>;
