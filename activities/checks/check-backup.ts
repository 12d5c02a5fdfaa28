import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { Facts } from './facts.js';

/**
 * Whether the backup asked for can be made. The quota counts as it is: deletions that may follow the rebuild make no
 * room now. It is judged where it was read, before anything is touched; right before the rebuild call the backup
 * itself may have used the last place up.
 */
export function checkBackup({ request, instance, imageQuota }: Facts): Misfit[] {
  if (request.backup !== 'image') return [];
  const misfits: Misfit[] = [];
  if (!instance.systemDisk) {
    const message = 'The VM has no system disk that a backup could be made of.';
    misfits.push({ code: 'backup', field: 'backup', message });
  }
  const { limit, used } = imageQuota ?? {};
  if (limit != null && used != null && limit - used < 1) {
    const message = `No room for a backup: ${used} of ${limit} private images of this region are used. Delete one, or have the quota raised.`;
    misfits.push({ code: 'backup-quota', field: 'backup', message });
  }
  return misfits;
}
