import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a condition holds. @throws Error when it does not within `withinMs`; at once what the condition throws */
export async function eventually(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 120_000,
): Promise<void> {
  await eventuallyGiven(what, async () => ((await isTrue()) ? true : null), withinMs);
}

/** Waits until a look finds something, and hands that on: another look may find it gone. @throws as `eventually` does */
export async function eventuallyGiven<T>(
  what: string,
  look: () => T | null | Promise<T | null>,
  withinMs = 120_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await delay(20);
  }
}
