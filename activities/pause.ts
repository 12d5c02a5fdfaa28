import { setTimeout as delay } from 'node:timers/promises';

/** Waits between two looks. @throws the reason of the signal when that aborts */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
