const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and the programs between it and us may each pass one Ctrl-C on: what follows so soon is the same. */
const SAME_WITHIN_MS = 1_000;

/** Ctrl-C, a kill, or a closed terminal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Hears signals instead of ending: the first aborts the returned signal with an {@link Interrupted} as its reason,
 * a later one ends the process at once.
 */
export function hearInterruption(): AbortSignal {
  const controller = new AbortController();
  let heardAt = 0;
  // A terminal that was closed takes no more lines; the clean-up goes on without.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted && Date.now() - heardAt > SAME_WITHIN_MS) endBy(name);
      if (controller.signal.aborted) return;
      heardAt = Date.now();
      controller.abort(new Interrupted(name));
    });
  }
  return controller.signal;
}

/** Ends this process as if it had not heard the signal, so that whoever started it sees what happened. */
export function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Resolves once the signal aborts; until then the process stays alive, which a listener alone does not see to. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const awake = setInterval(() => undefined, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(awake);
      resolve();
    });
  });
}
