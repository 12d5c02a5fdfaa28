import { type BackupImage, ListBackupsRequest, PruneBackupsRequest, type PruneReport } from '../contracts/backup.js';
import { orFailure } from './runtime/failures.js';
import { parseInput } from './runtime/parse-input.js';
import { activitiesUnder } from './runtime/retry-policies.js';

/**
 * Lists the backups that Reimage has made, newest first. Touches nothing.
 * @param input - a ListBackupsRequest
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function listBackups(input: unknown): Promise<BackupImage[]> {
  const { deadlineSeconds, ...scope } = parseInput(ListBackupsRequest, input, 'list of backups');
  return orFailure(() => activitiesUnder('call', deadlineSeconds * 1000).listBackups(scope));
}

/**
 * Deletes the backups that are no longer worth keeping, or, as a dry run, tells which.
 * @param input - a PruneBackupsRequest
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function pruneBackups(input: unknown): Promise<PruneReport> {
  const { deadlineSeconds, ...what } = parseInput(PruneBackupsRequest, input, 'clean-up of backups');
  return orFailure(() => activitiesUnder('call', deadlineSeconds * 1000).pruneBackups(what));
}
