import type { BackupImage, PruneReport } from '../../contracts/backup.js';
import { renderTable } from './table.js';

/** The table of `backups list`. @param width - terminal cells that there are; by default as many as it takes */
export function renderBackups(backups: readonly BackupImage[], width = Number.POSITIVE_INFINITY): string[] {
  if (backups.length === 0) return ['no backups'];
  return renderTable(
    ['IMAGE', 'INSTANCE', 'STATUS', 'CREATED', 'USED BY', 'NAME'],
    backups.map(({ imageId, instanceId, status, createdAt, usedBy, name }) => [
      imageId,
      instanceId,
      status,
      createdAt ?? '',
      usedBy.join(','),
      name,
    ]),
    { width, dispensable: ['NAME', 'STATUS', 'CREATED', 'USED BY'] },
  );
}

/** The table of `backups prune`: what a dry run would do, or what was done, each with why where it stays. */
export function renderPruned({ deleted, kept, refused, dryRun }: PruneReport): string[] {
  const verbs = dryRun ? { gone: 'delete', stays: 'keep' } : { gone: 'deleted', stays: 'kept' };
  const rows = [
    ...deleted.map((backup) => [verbs.gone, backup.imageId, backup.instanceId, backup.createdAt ?? '', '']),
    ...refused.map(({ imageId, why }) => ['refused', imageId, '', '', why]),
    ...kept.map((backup) => [verbs.stays, backup.imageId, backup.instanceId, backup.createdAt ?? '', backup.why]),
  ];
  return rows.length === 0 ? ['no backups'] : renderTable(['ACTION', 'IMAGE', 'INSTANCE', 'CREATED', 'WHY'], rows);
}
