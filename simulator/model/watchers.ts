interface Watcher {
  readonly holds: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Callers that wait for something to become true. They are asked at every change, not by the clock. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  /** Resolves once `holds()` is true. Rejects after `timeoutMs`, when it throws, and on close. */
  async wait(holds: () => boolean, timeoutMs: number): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = withResolvers();
    const watcher = { holds, resolve, reject };
    const timer = setTimeout(
      () => reject(new Error(`not true within ${timeoutMs} ms: ${holds.toString()}`)),
      timeoutMs,
    );
    this.#watchers.add(watcher);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }

  /** Something has changed. */
  notify(): void {
    for (const watcher of this.#watchers) {
      try {
        if (watcher.holds()) watcher.resolve();
      } catch (error) {
        watcher.reject(error);
      }
    }
  }

  /** Rejects all who still wait. */
  close(): void {
    for (const { reject } of this.#watchers) reject(new Error('the simulator was closed'));
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => {};
  let reject = (_error: unknown): void => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
