import { Context, heartbeat } from '@temporalio/activity';
import { ActivityCancelledError } from '@temporalio/client';
import type { WaitHeartbeat } from '../../contracts/rebuild-result.js';
import { CallWithheldError } from '../../jdcloud/errors.js';
import type { VmClient } from '../../jdcloud/vm-client.js';
import { CHECKS_HOLD_MS, maySend, type ServerWord } from '../decisions/before-call.js';
import { type Age, startAge } from './time.js';

/** Well under the heartbeat timeout of workflows/runtime/retry-policies.ts. */
export const HEARTBEAT_EVERY_MS = 5_000;

/**
 * Heartbeats while `work` lasts, so that the death of the worker is noticed after half a minute, not after the whole
 * timeout of the call, and a cancellation is heard of.
 * @param beat - makes one heartbeat; by default one that says nothing
 */
export async function heartbeating<T>(work: () => Promise<T>, beat: () => void = () => heartbeat()): Promise<T> {
  const timer = setInterval(beat, HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** The call to a region of JD Cloud that has been waited for longest; null: none is. */
export type Unanswered = VmClient['unanswered'];

/** A call that takes no longer is nothing to tell of. */
const SLOW_MS = 3_000;

/**
 * Heartbeats, for {@link heartbeating}, that tell which call to JD Cloud has no answer yet: one that is taken and not
 * answered fails only after ten seconds. Of a worker's calls to the region the oldest is told, be it another activity's.
 * @param unanswered - absent where nobody knows of calls
 */
export function tellingUnanswered(regionId: string, unanswered: Unanswered = () => null): () => void {
  const context = Context.current();
  const { attempt, taskToken } = context.info;
  let told: string | null = null;
  return () => {
    const call = unanswered(regionId);
    const isSlow = call !== null && Date.now() - call.since.getTime() >= SLOW_MS;
    const lastAnswer = isSlow ? `${call.call} has had no answer since ${call.since.toISOString()}` : null;
    // Without a word of its own, this attempt leaves what the one before failed with as the last that is known.
    const details: WaitHeartbeat | undefined =
      lastAnswer === null ? undefined : { attempt, observed: null, lastError: null, lastAnswer };
    context.heartbeat(details);
    if (lastAnswer === told) return;
    told = lastAnswer;
    // The SDK sends one at once and then holds them back for most of the heartbeat timeout: what is told would be old.
    context.client.activity.heartbeat(taskToken, details).catch(() => undefined);
  };
}

/**
 * Asks Temporal's server whether the attempt under way is still the one that counts, by a heartbeat that it answers.
 * @throws CallWithheldError when it is not, or nobody says so in time
 */
export type Acknowledge = (context: Context, details: unknown) => Promise<void>;

/** Longest that the answer may take; it takes some 5 ms. Connecting, asking and the call itself have 10 s together. */
export const ANSWER_WITHIN_MS = 4_000;

/**
 * The {@link Acknowledge} of a worker. The server refuses a heartbeat of an attempt that has timed out, and answers
 * whether the activity was cancelled, paused or reset; what it has acknowledged keeps other attempts away for a whole
 * heartbeat timeout.
 */
export const acknowledgeHeartbeat: Acknowledge = async (context, details) => {
  const age = startAge();
  // First: a copy that the SDK sends later says the same, and cannot take this one's place with an older one.
  if (details !== undefined) context.heartbeat(details);
  const asking = context.client.activity.heartbeat(context.info.taskToken, details);
  asking.catch(() => undefined); // it may fail after the race is over
  try {
    await Promise.race([asking, silence()]);
  } catch (error) {
    const isCancelled =
      error instanceof ActivityCancelledError || context.cancellationDetails?.cancelRequested === true;
    throw new CallWithheldError(`Temporal did not confirm that this attempt still counts: ${textOf(error)}`, {
      isCancelled,
      cause: error,
    });
  }
  if (age() > ANSWER_WITHIN_MS) throw new CallWithheldError('This machine slept while Temporal was asked.');
};

async function silence(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS).unref());
  throw new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Longest that the SDK takes to hear of a cancellation that the server has told already: a heartbeat interval, and a margin. */
const ACKNOWLEDGED_WITHIN_MS = 2 * HEARTBEAT_EVERY_MS;

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
    const late = new Promise((resolve) => (timer = setTimeout(() => resolve(error), ACKNOWLEDGED_WITHIN_MS)));
    const end = await Promise.race([heard, late]);
    clearTimeout(timer);
    return end;
  }
}

function wordOf(withheld: CallWithheldError | null): ServerWord {
  if (withheld === null) return 'counts';
  return withheld.isCancelled ? 'cancelled' : 'none';
}
