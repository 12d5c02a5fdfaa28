import { CancellationScope, CancelledFailure, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { CreateBackupInput } from '../../activities/backup/create-backup.js';
import type { RebuildTarget } from '../../activities/decisions/landing.js';
import { type Backup, backupDescription, backupName, type PruneReport } from '../../contracts/backup.js';
import { vmOf } from '../../contracts/ids.js';
import { factsOf } from '../runtime/failures.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { RebuildState } from './rebuild-state.js';
import type { Run } from './run.js';

/**
 * Makes the backup, where one was asked for, and waits until it is ready. Without it there is no erase.
 * @throws CancelledFailure once the backup is there, when the rebuild was cancelled meanwhile
 */
export async function backUp(run: Run, target: RebuildTarget): Promise<void> {
  const { request, record } = run;
  if (request.backup === 'none') return;
  record.enter('backing-up', request.deadlines.backingUpSeconds);
  // JD Cloud starts no VM while its image is being made, so a cancellation waits: what it would undo cannot be undone yet.
  await CancellationScope.nonCancellable(() => makeBackup(run, target));
  if (record.isCancelRequested) throw new CancelledFailure('cancelled while the backup was made');
}

async function makeBackup(run: Run, target: RebuildTarget): Promise<void> {
  const { request, record } = run;
  // What an earlier run of this workflow has erased is not what is to be kept.
  if (record.rerun?.mayHaveSent === true && (await wasRebuilt(record, target))) return;
  if (record.rerun?.isCutShort === true) await findEarlierBackup(run);
  const vm = vmOf(request);
  // Not the first run's: the backup of a run that was reset may be old by now.
  const operation = { runId: workflowInfo().runId };
  const [name, description] = [backupName(vm, operation), backupDescription(vm, operation)];
  const { isTouched } = record;
  record.touches();
  const order = { vm, name, description, withDataDisks: request.backupDataDisks, isTouched };
  const made = record.wayBack.backup ?? (await askForBackup(record, order));
  await waitForBackup(run, made);
}

async function waitForBackup({ request, record }: Run, { imageId, name, dataDisks }: Asked): Promise<void> {
  const vm = vmOf(request);
  const waits = activitiesUnder('wait', record.remainingMs);
  const input = { vm, imageId, deadlineAt: record.deadlineAt };
  const ready = record.note('wait-backup', await waits.waitUntilBackupReady(input));
  record.backedUp({ imageId, name, dataDisks, status: ready.status });
}

/** A backup that was asked for. */
type Asked = Omit<Backup, 'pruned'>;

/** @throws what it ended with; an image that came of it all the same is on the record then */
async function askForBackup(record: RebuildState, order: CreateBackupInput): Promise<Asked> {
  const { name, withDataDisks: dataDisks } = order;
  try {
    const made = record.note('backup', await activitiesUnder('call', record.remainingMs).createBackup(order));
    const asked = { imageId: made.imageId, name, dataDisks, status: made.status };
    record.backedUp(asked);
    return asked;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { details } = factsOf(error, record.phase);
    if (details.callMayBeInFlight !== false) await findBackup(record, order);
    throw error;
  }
}

/** Puts on the record what an earlier run of this one has asked for: the way back. */
export async function findEarlierBackup({ request, record }: Run): Promise<void> {
  const order = record.rerun?.backup ?? null;
  if (order !== null) await findBackup(record, { vm: vmOf(request), ...order });
}

/** Puts an image on the record that a call may have made whose end nobody heard of; where it cannot be told, says so. */
async function findBackup(record: RebuildState, order: CreateBackupInput): Promise<void> {
  const { name, withDataDisks: dataDisks } = order;
  try {
    const found = await activitiesUnder('rebuild', FIND_WITHIN_MS).findBackup(order);
    if (found !== null) record.backedUp({ ...found, name, dataDisks });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message } = factsOf(error, record.phase);
    record.warn({
      code: 'backup-unknown',
      message: `Whether the backup ${name} was made could not be found out: ${message}`,
    });
  }
}

/** Longest that a VM which is down waits for what became of its backup. */
const FIND_WITHIN_MS = 5 * 60_000;

async function wasRebuilt(record: RebuildState, target: RebuildTarget): Promise<boolean> {
  const found = await activitiesUnder('rebuild', record.remainingMs).findRebuild({ target });
  return record.note('find-rebuild', found).landed === 'yes';
}

/** Longest that old backups may keep a finished rebuild from ending. */
const PRUNE_WITHIN_MS = 5 * 60_000;

/** Deletes older backups of the VM, as asked. What cannot be deleted is a warning: the rebuild itself is done. */
export async function pruneBackups({ request, record }: Run): Promise<void> {
  const { regionId, instanceId, keepBackups: keep } = request;
  const backup = record.wayBack.backup;
  if (keep === undefined || backup === null) return;
  try {
    const calls = activitiesUnder('call', PRUNE_WITHIN_MS);
    // The image that the VM had may be a backup itself, and no VM has it now: it is what a rollback may name.
    const spare = [backup.imageId, record.progress().imageBeforeId ?? backup.imageId];
    const report = await calls.pruneBackups({ regionId, instanceId, keep, spare, dryRun: false });
    record.wayBack.pruned(report.deleted.map(({ imageId }) => imageId));
    const left = [
      ...report.refused.map(({ imageId, reason }) => `Old backup ${imageId} could not be deleted: ${reason}`),
      ...report.kept.filter(({ isUsageUnknown }) => isUsageUnknown === true).map(keptText),
    ];
    record.warn(...left.map((message) => ({ code: 'backup-not-pruned', message })));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message } = factsOf(error, record.phase);
    record.warn({ code: 'backup-not-pruned', message: `Old backups could not be cleaned up: ${message}` });
  }
}

/** Of a backup that is kept although nobody is known to need it. One that somebody needs stays without a word: so it should. */
function keptText({ imageId, reason }: PruneReport['kept'][number]): string {
  return `Old backup ${imageId} is kept, as it ${reason}. \`reimage backups prune\` deletes it once that can be told`;
}
