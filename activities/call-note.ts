import { activityInfo, Context } from '@temporalio/activity';
import * as z from 'zod';
import type { Acknowledge } from './acknowledge.js';
import { Attempt } from './attempt.js';
import { attemptBeforeNeverRan } from './never-ran.js';

const Note = z.looseObject({ attempt: z.int(), noneOut: z.boolean() });

/**
 * What an attempt leaves behind for the next one about the one call that must not be repeated. The note says that a
 * call may be out from the attempt's first moment, and `noneOut` only as its last word: heartbeats are sent with
 * delay, and a worker may die at any moment, so no earlier word could be trusted.
 */
export class CallNote {
  /** Whether a call of an earlier attempt may have arrived, by the notes alone. */
  readonly mayBeOut: boolean;
  readonly attempt: Attempt;
  /** No attempt says that a call of it may be out, though one before this may have left no word. */
  readonly #isSilent: boolean;
  #noneOut = false;

  constructor(acknowledge: Acknowledge) {
    const { attempt, heartbeatDetails, scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
    const before = Note.safeParse(heartbeatDetails);
    const isSettled = before.success && before.data.attempt === attempt - 1 && before.data.noneOut;
    // An operator's reset of the activity counts its attempts from 1 again.
    const isFirst = attempt === 1 && !before.success && currentAttemptScheduledTimestampMs === scheduledTimestampMs;
    this.mayBeOut = !isFirst && !isSettled;
    this.#isSilent = before.success ? before.data.noneOut : heartbeatDetails === undefined;
    this.attempt = new Attempt(acknowledge, () => ({ attempt, noneOut: this.#noneOut }));
    this.attempt.beat();
  }

  /**
   * Whether a call of an earlier attempt may have arrived. An attempt before this one whose input could not be decoded
   * has left no note, and needs none: the server tells of it. Those before that one have sent nothing either where no
   * note says that a call may be out, since a call goes out only once the server has acknowledged such a note.
   */
  async findOut(): Promise<boolean> {
    if (!this.mayBeOut || !this.#isSilent) return this.mayBeOut;
    return !(await attemptBeforeNeverRan(Context.current()));
  }

  /** The last word of an attempt that surely has no call out. */
  noneOut(): void {
    this.stop();
    this.#noneOut = true;
    this.attempt.beat();
  }

  /** Ends the heartbeats. Call it always. */
  stop(): void {
    this.attempt.stop();
  }
}
