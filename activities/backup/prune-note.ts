import { activityInfo, heartbeat } from '@temporalio/activity';
import * as z from 'zod';
import { BackupImage } from '../../contracts/backup.js';
import { HEARTBEAT_EVERY_MS } from '../heartbeating.js';

const Note = z.looseObject({ attempted: z.array(BackupImage) });

/** What an attempt at a clean-up leaves behind for the next one: which deletions it has tried, so that the report is whole. */
export class PruneNote {
  readonly #attempted: BackupImage[];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    const before = Note.safeParse(activityInfo().heartbeatDetails);
    this.#attempted = before.success ? before.data.attempted : [];
    this.#write();
    this.#timer = setInterval(() => this.#write(), HEARTBEAT_EVERY_MS);
  }

  /** What earlier attempts have tried to delete and is no longer among these. */
  goneFrom(present: readonly BackupImage[]): BackupImage[] {
    return this.#attempted.filter(({ imageId }) => {
      const still = present.find((backup) => backup.imageId === imageId);
      return still === undefined || still.status === 'deleting';
    });
  }

  /** To be called before each deletion. */
  attempt(backup: BackupImage): void {
    if (!this.#attempted.some(({ imageId }) => imageId === backup.imageId)) this.#attempted.push(backup);
    this.#write();
  }

  /** Ends the heartbeats. Call it always. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #write(): void {
    heartbeat({ attempted: this.#attempted });
  }
}
