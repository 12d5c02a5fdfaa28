import * as z from 'zod';
import { KeepBackups } from './backup.js';
import { ImageId, InstanceId, RegionId } from './ids.js';

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
