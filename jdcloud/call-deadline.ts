/** Ends one call at its deadline or when the caller aborts, whichever is first. */
export interface CallDeadline {
  /** Aborts with the caller's own reason, or at the deadline. */
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  /** The promise's outcome, or the abort, whichever is first: for what takes no signal. */
  readonly race: <T>(promise: Promise<T>) => Promise<T>;
  /** Must be called when the call has ended: it frees the timer and the caller's signal. */
  readonly clear: () => void;
}

/** Starts the clock. `AbortSignal.any` would do, but on Node 20 it leaks with a signal that lives as long as the worker. */
export function startDeadline(timeoutMs: number, callerSignal?: AbortSignal): CallDeadline {
  const controller = new AbortController();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    controller.abort();
  }, timeoutMs);
  const abort = () => controller.abort(callerSignal?.reason);
  if (callerSignal?.aborted) abort();
  callerSignal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    isOver: () => over,
    race: (promise) => raceAbort(promise, controller.signal),
    clear: () => {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', abort);
    },
  };
}

async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = withReject();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_resolve, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}
