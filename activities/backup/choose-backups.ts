import { type BackupImage, type KeepBackups, keepBackupsMs, type PruneReport } from '../../contracts/backup.js';
import { bornMs } from './list-backups.js';

export type KeptBackup = PruneReport['kept'][number];

export interface PruneRule {
  readonly keep: KeepBackups;
  /** Images that are kept whatever else is said. */
  readonly spare: readonly string[];
  /** What ages are judged by: it must not be later than it is. */
  readonly now: Date;
}

/** Statuses in which JD Cloud deletes an image: one that is being made, or in a status that we do not know, is left alone. */
const DELETABLE = ['ready', 'error'];

/**
 * Which backups go and which stay, and why, both in the order given. Each VM counts for itself; only those that are
 * ready count, and broken ones go like old ones. Pure.
 */
export function chooseBackups(
  backups: readonly BackupImage[],
  rule: PruneRule,
): { doomed: BackupImage[]; kept: KeptBackup[] } {
  const worthKeeping = idsWorthKeeping(backups, rule);
  const doomed: BackupImage[] = [];
  const kept: KeptBackup[] = [];
  for (const backup of backups) {
    const reason = whyNotDeletable(backup, rule) ?? worthKeeping.get(backup.imageId) ?? null;
    if (reason === null) doomed.push(backup);
    else kept.push({ ...backup, reason });
  }
  return { doomed, kept };
}

/** Why a backup must not be deleted, however old it is; null when it may. */
export function whyNotDeletable(
  { imageId, status, usedBy }: BackupImage,
  { spare }: Pick<PruneRule, 'spare'>,
): string | null {
  if (!DELETABLE.includes(status)) return `it is ${status}`;
  if (usedBy.length > 0) return `it is the image of ${usedBy.join(', ')}`;
  return spare.includes(imageId) ? 'it is to be spared' : null;
}

function idsWorthKeeping(backups: readonly BackupImage[], { keep, spare, now }: PruneRule): Map<string, string> {
  const keptMs = keepBackupsMs(keep);
  const counts = new Map<string, number>();
  const kept = new Map<string, string>();
  for (const { imageId, instanceId, createdAt } of readyOnes(backups, spare)) {
    const nth = (counts.get(instanceId) ?? 0) + 1;
    if (createdAt === null) {
      kept.set(imageId, 'its age is not known');
      continue;
    }
    counts.set(instanceId, nth);
    const isYoung = keptMs !== null && now.getTime() - Date.parse(createdAt) < keptMs;
    if (isYoung) kept.set(imageId, `it is younger than ${keep}`);
    else if (keptMs === null && nth <= Number(keep)) kept.set(imageId, newest(nth, Number(keep)));
  }
  return kept;
}

/** Newest first; of those made in the same second, the spared ones. */
function readyOnes(backups: readonly BackupImage[], spare: readonly string[]): BackupImage[] {
  const rank = ({ imageId }: BackupImage) => (spare.includes(imageId) ? 0 : 1);
  const ready = backups.filter(({ status }) => status === 'ready');
  return ready.toSorted((a, b) => bornMs(b) - bornMs(a) || rank(a) - rank(b));
}

function newest(nth: number, of: number): string {
  return of === 1 ? 'it is the newest' : `it is number ${nth} of the newest ${of}`;
}
