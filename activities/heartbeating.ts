import { heartbeat } from '@temporalio/activity';

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
