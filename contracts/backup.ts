import * as z from 'zod';
import { ImageId, InstanceId, RegionId, VmRef } from './ids.js';

export const BACKUPS = ['none', 'image'] as const;

const DURATION = /^([1-9]\d{0,3})([hdw])$/;
const HOURS = { h: 1, d: 24, w: 168 } as const;

const TAKES = 'must be a number from 1 to 100, or a duration such as 36h, 30d or 8w';

/** Which of a VM's backups are kept when a new one is there: the newest N, or those younger than a duration. */
export const KeepBackups = z
  .union([z.int(TAKES).min(1, TAKES).max(100, TAKES), z.string().regex(DURATION, TAKES)], TAKES)
  .meta({ description: 'How many backups of the VM are kept (3), or how old they may get (36h, 30d, 8w)' });
export type KeepBackups = z.output<typeof KeepBackups>;

/** The duration's milliseconds; null for a count. */
export function keepBackupsMs(keep: KeepBackups): number | null {
  const [, count, unit] = DURATION.exec(String(keep)) ?? [];
  if (unit !== 'h' && unit !== 'd' && unit !== 'w') return null;
  return Number(count) * HOURS[unit] * 3_600_000;
}

/** How the name of every backup image begins. */
export const BACKUP_NAME_PREFIX = 'reimage-';

/** Longest name of an image that JD Cloud takes. */
const NAME_MAX = 32;
const UNIQUE_LENGTH = 8;

/** The operation that a backup is made by. */
export interface BackupOperation {
  /**
   * Its first run id, whole: the backups of two operations must never be taken for each other. Temporal's run ids are
   * UUIDs of version 7, whose first eight digits are the same for a minute.
   */
  readonly runId: string;
}

/** The name of an operation's backup image: the same each time it is asked. */
export function backupName({ instanceId }: VmRef, { runId }: BackupOperation): string {
  // The end of a UUID of version 7 is random.
  const unique = runId.replaceAll(/[^A-Za-z0-9]/g, '').slice(-UNIQUE_LENGTH);
  const room = NAME_MAX - BACKUP_NAME_PREFIX.length - unique.length - 1;
  return `${BACKUP_NAME_PREFIX}${instanceId.slice(0, room)}-${unique}`;
}

/** The description that marks an image as a backup of this VM. At most 256 characters, as JD Cloud takes them. */
export function backupDescription({ regionId, instanceId }: VmRef, { runId }: BackupOperation): string {
  return `reimage-backup of ${instanceId} in ${regionId}, run ${runId}`;
}

/** What tells whether an image is a backup. */
export interface NamedImage {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}

/**
 * The VM that an image is a backup of; null when Reimage did not make it, in this region. Name and description must
 * both be what Reimage writes and belong together, so that nobody's image is taken for ours by half of it.
 */
export function backupOf({ name, description }: NamedImage, regionId: string): string | null {
  const [, instanceId, region, runId] = /^reimage-backup of (\S+) in (\S+), run (\S+)$/.exec(description ?? '') ?? [];
  const vm = VmRef.safeParse({ regionId: region, instanceId });
  if (!vm.success || runId === undefined || vm.data.regionId !== regionId) return null;
  return name === backupName(vm.data, { runId }) ? vm.data.instanceId : null;
}

/** A backup image as JD Cloud reports it. */
export const BackupImage = z.object({
  imageId: z.string(),
  name: z.string(),
  instanceId: z.string(),
  status: z.string(),
  /** ISO 8601, UTC; null when JD Cloud does not say. */
  createdAt: z.string().nullable(),
  /** VMs that have it as their image now. */
  usedBy: z.array(z.string()),
});
export type BackupImage = z.output<typeof BackupImage>;

/** What a clean-up did, or, as a dry run, would do. */
export const PruneReport = z.object({
  deleted: z.array(BackupImage),
  /** `why` is for people: one of the newest, in use, still being made. */
  kept: z.array(
    BackupImage.extend({
      reason: z.string(),
      /** Whether it is needed nobody could tell: it would go, were that known not to be so. */
      isUsageUnknown: z.boolean().optional(),
    }),
  ),
  /** Those that should have gone and did not, each with why. */
  refused: z.array(z.object({ imageId: z.string(), reason: z.string() })),
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

/** Which backups are meant, and how long a worker may take over them. */
const scope = {
  regionId: RegionId,
  instanceId: InstanceId.optional().meta({ description: 'Only backups of this VM, which need not exist any more' }),
  deadlineSeconds: z.int().min(5).max(3600).default(300),
};

/** What the workflow `listBackups` is asked. */
export const ListBackupsRequest = z.strictObject(scope).meta({ id: 'ListBackupsRequest' });
export type ListBackupsRequest = z.output<typeof ListBackupsRequest>;
/** What callers write: fields with defaults may be absent. */
export type ListBackupsInput = z.input<typeof ListBackupsRequest>;

/** What the workflow `pruneBackups` is asked. */
export const PruneBackupsRequest = z
  .strictObject({
    ...scope,
    keep: KeepBackups,
    spare: z.array(ImageId).max(10_000).default([]).meta({ description: 'Images that are kept whatever else is said' }),
    dryRun: z.boolean().default(false).meta({ description: 'Tell what would be deleted; delete nothing' }),
  })
  .meta({ id: 'PruneBackupsRequest' });
export type PruneBackupsRequest = z.output<typeof PruneBackupsRequest>;
/** What callers write: fields with defaults may be absent. */
export type PruneBackupsInput = z.input<typeof PruneBackupsRequest>;

/** The workflow id of a look at the backups. It holds no lock: `unique` keeps two of one region apart. */
export function backupsWorkflowId(kind: 'list' | 'prune', { regionId }: { regionId: string }, unique: string): string {
  return `${kind}-backups:${regionId}:${unique}`;
}
