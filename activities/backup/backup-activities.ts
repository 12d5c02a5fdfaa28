import { cancellationSignal } from '@temporalio/activity';
import type { BackupImage, PruneReport } from '../../contracts/backup.js';
import { toApplicationFailure } from '../runtime/failure.js';
import { heartbeating, tellingUnanswered, type Unanswered } from '../runtime/heartbeat.js';
import {
  type BackupReport,
  createBackup,
  type CreateBackupDeps,
  type CreateBackupInput,
  findBackup,
  type FoundBackup,
} from './create-backup.js';
import { type BackupScope, readBackups } from './list-backups.js';
import { pruneBackups, type PruneDeps, type PruneInput } from './prune-backups.js';
import { RegionSurveys, type SurveyDeps } from './region-survey.js';
import { type WaitForBackupDeps, type WaitForBackupInput, waitUntilBackupReady } from './wait-for-backup.js';

export type BackupDeps = CreateBackupDeps &
  WaitForBackupDeps &
  SurveyDeps &
  Omit<PruneDeps, 'surveys'> & { readonly unanswered?: Unanswered };

/** Makes a private image of a VM before its disk is erased, and clears old ones away. */
export function createBackupActivities(deps: BackupDeps) {
  const surveys = new RegionSurveys(deps);
  return {
    /**
     * Asks JD Cloud for a private image of the stopped VM, unless one of exactly this name and description is there: it
     * goes on with that one. A call of an earlier attempt that may have arrived is looked for first; a second image is
     * the worst that can come of a lost answer. Cloud data disks are left out unless asked for; local ones always are.
     * @throws ApplicationFailure ChangedUnderneath when the VM is not stopped any more · BackupFailed when JD Cloud
     * refuses · QuotaExceeded · VmInError · VmTaskConflict, JdCloudUnavailable and CallWithheld (retryable) · other
     * refusals. The detail `callMayBeOut` tells whether an image may have been asked for.
     */
    createBackup: (input: CreateBackupInput): Promise<BackupReport> => createBackup(deps, input),

    /**
     * Finds the image that a call may have made whose end nobody heard of, and asks for none.
     * @throws ApplicationFailure JdCloudUnavailable (retryable) · refusals
     */
    findBackup: (input: CreateBackupInput): Promise<FoundBackup | null> => findBackup(deps, input),

    /**
     * Waits until the image is ready, heartbeating what was last seen, and reads the VM then. JD Cloud does not show
     * the task that holds the VM meanwhile: should it outlast the image, the next call is told "busy" and repeated.
     * @throws ApplicationFailure BackupFailed when the image is in error or gone · DeadlineExceeded · VmDeleted ·
     * refusals of the look
     */
    waitUntilBackupReady: (input: WaitForBackupInput): Promise<BackupReport> => waitUntilBackupReady(deps, input),

    /**
     * Lists the backups that Reimage has made in a region, or of one VM in it, newest first.
     * @throws ApplicationFailure JdCloudUnavailable (retryable) · refusals
     */
    async listBackups(scope: BackupScope): Promise<BackupImage[]> {
      try {
        return await heartbeating(
          () => readBackups(deps.api, scope, cancellationSignal()),
          tellingUnanswered(scope.regionId, deps.unanswered),
        );
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing });
      }
    },

    /**
     * Deletes, for each VM, the backups beyond the newest N or older than a duration, with their snapshots: only images
     * that Reimage has made, that are ready or broken, that no VM has as its image, that no rebuild or fleet under way may
     * need and that are not to be spared, each looked at again right before. A refused deletion is told in the report.
     * Safe to run twice.
     * @throws ApplicationFailure JdCloudUnavailable, TemporalUnreachable and CallWithheld (retryable) · refusals of the
     * reads. The detail `mayBeDeleted` names what it, or an earlier attempt, has tried to delete.
     */
    pruneBackups: (input: PruneInput): Promise<PruneReport> => pruneBackups({ ...deps, surveys }, input),
  };
}
