import type { Context } from '@temporalio/activity';
import { ActivityCancelledError } from '@temporalio/client';
import { startAge } from './age.js';
import { CallWithheldError } from '../jdcloud/call-withheld-error.js';

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
