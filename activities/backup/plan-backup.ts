import { keepBackupsMs } from '../../contracts/backup.js';
import type { DiskSummary, PlanWarning } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { Facts } from '../checks/facts.js';

type Asked = Pick<RebuildRequest, 'backup' | 'backupDataDisks' | 'keepBackups'>;

/** The steps of a plan that make the backup; none when none is asked for. */
export function backupSteps({ backup, backupDataDisks }: Asked, dataDisks: readonly DiskSummary[]): string[] {
  if (backup !== 'image') return [];
  const taken = backupDataDisks ? namesOf(dataDisks, 'cloud') : '';
  const disks = ['system disk', ...(taken === '' ? [] : [`data disks ${taken}`])].join(', ');
  return [`make a private image of it (${disks}) and wait until it is ready`];
}

/** The steps of a plan that delete older backups, once all else is done. */
export function pruneSteps({ backup, keepBackups }: Asked): string[] {
  if (backup !== 'image' || keepBackups === undefined) return [];
  const which =
    keepBackupsMs(keepBackups) === null ? `all but the newest ${keepBackups}` : `those over ${keepBackups} old`;
  return [`delete old backups of it: ${which}, save what a VM uses`];
}

/** What an operator should know of a backup: which disks are not in it, and that its quota could not be judged. */
export function backupWarnings({ request, imageQuota }: Facts, dataDisks: readonly DiskSummary[]): PlanWarning[] {
  if (request.backup !== 'image') return [];
  const leftOut = [
    ...(request.backupDataDisks ? [] : [namesOf(dataDisks, 'cloud')]),
    namesOf(dataDisks, 'local'),
  ].filter(Boolean);
  const warnings: PlanWarning[] = [];
  if (leftOut.length > 0) {
    const message = `The backup does not hold data disks ${leftOut.join(', ')}. A rebuild does not touch them; a rollback does not bring them back.`;
    warnings.push({ code: 'backup-without-data-disks', message });
  }
  if (imageQuota === null || imageQuota?.limit === null || imageQuota?.used === null) {
    const message =
      'JD Cloud does not tell whether there is room for one more private image; should there be none, the rebuild ends before the erase.';
    warnings.push({ code: 'backup-quota-unknown', message });
  }
  return warnings;
}

function namesOf(disks: readonly DiskSummary[], kind: 'cloud' | 'local'): string {
  const ofKind = disks.filter(({ diskCategory }) => (diskCategory === 'local') === (kind === 'local'));
  return ofKind.map(({ deviceName, diskId }) => deviceName ?? diskId ?? 'without a name').join(', ');
}
