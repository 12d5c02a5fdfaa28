import { activityInfo } from '@temporalio/activity';
import * as z from 'zod';
import { BackupImage } from '../../contracts/backup.js';
import type { Acknowledge } from '../acknowledge.js';
import { Attempt } from '../attempt.js';

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
