import { Context } from '@temporalio/activity';
import type { Acknowledge } from './acknowledge.js';
import type { Age } from './age.js';
import { CallWithheldError } from '../jdcloud/call-withheld-error.js';
import { CHECKS_HOLD_MS, maySend, type ServerWord } from './decisions/before-call.js';
import { HEARTBEAT_EVERY_MS } from './heartbeating.js';

/** Longest that the SDK takes to hear of a cancellation that the server has told already: a heartbeat interval, and a margin. */
const HEARD_WITHIN_MS = 2 * HEARTBEAT_EVERY_MS;

/**
 * One attempt at an activity that changes something at JD Cloud: its heartbeats, and what each of its calls is asked
 * straight before it goes out. No call of ours that changes something goes out otherwise.
 */
export class Attempt {
  readonly #context = Context.current();
  readonly #acknowledge: Acknowledge;
  readonly #details: () => unknown;
  readonly #timer: NodeJS.Timeout;

  /** @param details - what its heartbeats say, now. The first of them is sent after some seconds, unless `beat` is called. */
  constructor(acknowledge: Acknowledge, details: () => unknown = () => undefined) {
    this.#acknowledge = acknowledge;
    this.#details = details;
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_EVERY_MS);
  }

  /** Hands a heartbeat to the SDK, which sends it when it sees fit. */
  beat(): void {
    this.#context.heartbeat(this.#details());
  }

  /** Ends the heartbeats. Call it always. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Asks whether this attempt still counts, by the word of the server, and then by the age of what it stands on.
   * @param age - since that was read
   * @throws CallWithheldError when it does not
   */
  async confirm(age: Age): Promise<void> {
    const withheld = await this.#askServer();
    if (maySend({ word: wordOf(withheld), ageMs: age() })) return;
    throw withheld ?? new CallWithheldError(`What was read before the call is over ${CHECKS_HOLD_MS / 1000} s old.`);
  }

  async #askServer(): Promise<CallWithheldError | null> {
    try {
      await this.#acknowledge(this.#context, this.#details());
      return null;
    } catch (error) {
      if (error instanceof CallWithheldError) return error;
      throw error;
    }
  }

  /** What a call that changes something awaits straight before the wire: {@link confirm}, as the client asks it. */
  beforeSend(age: Age): () => Promise<void> {
    return () => this.confirm(age);
  }

  /**
   * The error that the activity ends with. A cancellation that the server told first is waited for: only when the SDK
   * has heard of it, too, does the activity end as cancelled.
   */
  async endOf(error: unknown): Promise<unknown> {
    if (!(error instanceof CallWithheldError && error.isCancelled)) return error;
    const heard = this.#context.cancelled.catch((cancellation: unknown) => cancellation);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(() => resolve(error), HEARD_WITHIN_MS)));
    const end = await Promise.race([heard, late]);
    clearTimeout(timer);
    return end;
  }
}

function wordOf(withheld: CallWithheldError | null): ServerWord {
  if (withheld === null) return 'counts';
  return withheld.isCancelled ? 'cancelled' : 'none';
}
