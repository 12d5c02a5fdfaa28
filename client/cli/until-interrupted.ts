import type { Io } from './cli-deps.js';

/** Waits for Ctrl-C, once: a second one ends the process as usual. */
export async function untilInterrupted({ onInterrupt }: Pick<Io, 'onInterrupt'>): Promise<void> {
  await new Promise<void>((resolve) => {
    const unhear = onInterrupt(() => {
      unhear();
      resolve();
    });
  });
}
