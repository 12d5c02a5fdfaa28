import { Context, heartbeat } from '@temporalio/activity';
import type { WaitHeartbeat } from '../contracts/step-report.js';
import type { VmClient } from '../jdcloud/vm-client.js';

/** Well under the heartbeat timeout of workflows/retry-policies.ts. */
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

/** The call to JD Cloud that has been waited for longest; null: none is. */
export type Unanswered = VmClient['unanswered'];

/** A call that takes no longer is nothing to tell of. */
const SLOW_MS = 3_000;

/**
 * Heartbeats, for {@link heartbeating}, that tell which call to JD Cloud has no answer yet: one that is taken and not
 * answered fails only after ten seconds. Of a worker's calls the oldest is told, be it another activity's.
 * @param unanswered - absent where nobody knows of calls
 */
export function tellingUnanswered(unanswered: Unanswered = () => null): () => void {
  const context = Context.current();
  const { attempt, taskToken } = context.info;
  let told: string | null = null;
  return () => {
    const call = unanswered();
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
