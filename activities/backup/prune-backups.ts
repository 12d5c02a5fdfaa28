import { activityInfo, cancellationSignal } from '@temporalio/activity';
import * as z from 'zod';
import { BackupImage, type KeepBackups, type PruneReport } from '../../contracts/backup.js';
import { BusyError, NotFoundError, RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { toApplicationFailure } from '../runtime/failure.js';
import { type Acknowledge, Attempt } from '../runtime/heartbeat.js';
import { askServer, type BackupNamespace } from '../runtime/namespace.js';
import { startAge, surelyPassed, type Timing } from '../runtime/time.js';
import { chooseBackups, whyNotDeletable } from './choose-backups.js';
import { type BackupScope, type ListApi, readBackups, readUsers, toBackup } from './list-backups.js';
import { rebuildOf, type RegionSurveys, type Survey, whyNeeded, type WhyNeeded } from './region-survey.js';

export interface PruneDeps {
  readonly api: ListApi & Pick<VmApi, 'deleteImage'>;
  readonly reader: Pick<VmReader, 'image'>;
  readonly timing: Timing;
  readonly acknowledge: Acknowledge;
  /** When JD Cloud gave its last answer, by its own clock; null where it does not tell. */
  readonly cloudTime: () => Date | null;
  readonly namespace: Pick<BackupNamespace, 'rebuildLocks'>;
  readonly surveys: Pick<RegionSurveys, 'of'>;
}

export interface PruneInput extends BackupScope {
  readonly keep: KeepBackups;
  /** Images that are kept whatever else is said. */
  readonly spare: readonly string[];
  /** Tell what would be deleted; delete nothing. */
  readonly dryRun: boolean;
}

/** Deletes the backups that are no longer worth keeping. See `createBackupActivities`. */
export async function pruneBackups(deps: PruneDeps, input: PruneInput): Promise<PruneReport> {
  const note = new PruneNote(deps.acknowledge);
  try {
    const backups = await readBackups(deps.api, input, cancellationSignal());
    const gone = note.goneFrom(backups);
    const present = backups.filter(({ imageId }) => !gone.some((each) => each.imageId === imageId));
    const { doomed, kept } = chooseBackups(present, { ...input, now: surelyPassed(deps.cloudTime()) });
    if (input.dryRun) return await prospect(deps, input, { doomed, kept });
    const report: PruneReport = { deleted: gone, kept, refused: [], dryRun: false };
    // The oldest first: should it break off, the newer ones are left.
    for (const backup of doomed.toReversed()) await removeOne(deps, input, backup, { note, report });
    return report;
  } catch (error) {
    const end = await note.attempt.endOf(error);
    throw toApplicationFailure(end, { timing: deps.timing, details: { mayBeDeleted: note.mayBeDeleted } });
  } finally {
    note.stop();
  }
}

/** What would be deleted, as it is now. */
async function prospect(
  deps: PruneDeps,
  { regionId }: PruneInput,
  { doomed, kept }: ReturnType<typeof chooseBackups>,
): Promise<PruneReport> {
  const report: PruneReport = { deleted: [], kept, refused: [], dryRun: true };
  for (const backup of doomed) {
    const needed = await whyNeededNow(deps, regionId, backup, await deps.surveys.of(regionId));
    if (needed === null) report.deleted.push(backup);
    else report.kept.push({ ...backup, ...needed });
  }
  return report;
}

/** Looks at one backup once more and deletes it. A deletion that JD Cloud refuses is told in the report. */
async function removeOne(
  deps: PruneDeps,
  input: PruneInput,
  backup: BackupImage,
  { note, report }: { readonly note: PruneNote; readonly report: PruneReport },
): Promise<void> {
  const { imageId } = backup;
  try {
    const survey = await deps.surveys.of(input.regionId);
    const age = startAge();
    const needed =
      (await whyKeptNow(deps, input, imageId)) ?? (await whyNeededNow(deps, input.regionId, backup, survey));
    if (needed !== null) {
      report.kept.push({ ...backup, ...needed });
      return;
    }
    cancellationSignal().throwIfAborted();
    note.deleting(backup);
    // Its snapshots were made for it alone, cost money and fill a quota: they go with it.
    const image = { regionId: input.regionId, imageId, deleteSnapshot: true };
    await deps.api.deleteImage(image, { beforeSend: note.attempt.beforeSend(age) });
    report.deleted.push(backup);
  } catch (error) {
    if (error instanceof NotFoundError) report.deleted.push(backup);
    else if (error instanceof RefusedError || error instanceof BusyError)
      report.refused.push({ imageId, reason: error.message });
    else throw error;
  }
}

/**
 * Why the image must not be deleted after all, as it is right now: people take images into use, and rename what they
 * want to keep. Null when it may go.
 */
async function whyKeptNow(
  { api, reader }: PruneDeps,
  { regionId, spare }: PruneInput,
  imageId: string,
): Promise<WhyNeeded | null> {
  const signal = cancellationSignal();
  const [image, users] = await Promise.all([
    reader.image({ regionId, imageId }, { fresh: true, signal }),
    readUsers(api, { regionId, imageIds: [imageId] }, signal),
  ]);
  const backup = toBackup(image, regionId);
  if (backup === null) return { reason: 'it is no longer named as a backup of ours' };
  const reason = whyNotDeletable({ ...backup, usedBy: users.get(imageId) ?? [] }, { spare });
  return reason === null ? null : { reason };
}

/**
 * Who may need the image, by what is so now and not by Temporal's index; null for nobody. The lock of the VM that it is a
 * backup of, and those of rebuilds onto it, are asked at this very moment. Those of all other VMs of the region by a survey
 * of the last seconds: a rebuild that has begun since finds its image gone before it has erased anything.
 */
async function whyNeededNow(
  { namespace }: Pick<PruneDeps, 'namespace'>,
  regionId: string,
  { instanceId, imageId }: BackupImage,
  survey: Survey,
): Promise<WhyNeeded | null> {
  const ownRunId = activityInfo().workflowExecution?.runId;
  const needed = whyNeeded(survey, imageId, ownRunId);
  if (needed !== null) return needed;
  const asked = { regionId, instanceIds: [instanceId], ontoImageId: imageId };
  const locks = await askServer('tell who rebuilds the VM of a backup', () => namespace.rebuildLocks(asked));
  const other = locks.find(({ runId }) => runId !== ownRunId);
  return other === undefined ? null : { reason: `may be in use: ${rebuildOf(other.instanceId)} has or needs it` };
}

const Note = z.looseObject({ attempted: z.array(BackupImage) });

/** What an attempt at a clean-up leaves behind for the next one: which deletions it has tried, so that the report is whole. */
export class PruneNote {
  readonly attempt: Attempt;
  readonly #attempted: BackupImage[];

  constructor(acknowledge: Acknowledge) {
    const before = Note.safeParse(activityInfo().heartbeatDetails);
    this.#attempted = before.success ? before.data.attempted : [];
    this.attempt = new Attempt(acknowledge, () => ({ attempted: this.#attempted, mayBeDeleted: this.mayBeDeleted }));
    this.attempt.beat();
  }

  /** Ids of what this and earlier attempts have tried to delete. */
  get mayBeDeleted(): string[] {
    return this.#attempted.map(({ imageId }) => imageId);
  }

  /** What earlier attempts have tried to delete and is no longer among these. */
  goneFrom(present: readonly BackupImage[]): BackupImage[] {
    return this.#attempted.filter(({ imageId }) => {
      const still = present.find((backup) => backup.imageId === imageId);
      return still === undefined || still.status === 'deleting';
    });
  }

  /** To be called before each deletion. */
  deleting(backup: BackupImage): void {
    if (!this.#attempted.some(({ imageId }) => imageId === backup.imageId)) this.#attempted.push(backup);
    this.attempt.beat();
  }

  /** Ends the heartbeats. Call it always. */
  stop(): void {
    this.attempt.stop();
  }
}
