import { activityInfo, heartbeat } from '@temporalio/activity';
import * as z from 'zod';
import { HEARTBEAT_EVERY_MS } from './heartbeating.js';

const Note = z.looseObject({ attempt: z.int(), noneOut: z.boolean() });

/**
 * What an attempt leaves behind for the next one about the one call that must not be repeated. The note says that a
 * call may be out from the attempt's first moment, and `noneOut` only as its last word: heartbeats are sent with
 * delay, and a worker may die at any moment, so no earlier word could be trusted.
 */
export class CallNote {
  /** Whether a call of an earlier attempt may have arrived. */
  readonly mayBeOut: boolean;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    const { attempt, heartbeatDetails, scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
    const before = Note.safeParse(heartbeatDetails);
    const isSettled = before.success && before.data.attempt === attempt - 1 && before.data.noneOut;
    // An operator's reset of the activity counts its attempts from 1 again.
    const isFirst = attempt === 1 && !before.success && currentAttemptScheduledTimestampMs === scheduledTimestampMs;
    this.mayBeOut = !isFirst && !isSettled;
    this.#write(false);
    this.#timer = setInterval(() => this.#write(false), HEARTBEAT_EVERY_MS);
  }

  /** The last word of an attempt that surely has no call out. */
  noneOut(): void {
    this.stop();
    this.#write(true);
  }

  /** Ends the heartbeats. Call it always. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #write(noneOut: boolean): void {
    heartbeat({ attempt: activityInfo().attempt, noneOut });
  }
}
