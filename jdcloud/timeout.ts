import * as z from 'zod';
import { type ApiCall, callName, factsWithoutAnswer, oneLine } from './api-call.js';
import { STEADY_CLOCK, type SteadyClock } from './clocks.js';
import { UnavailableError } from './errors.js';

/** Ends one call at its deadline or when the caller aborts, whichever is first. */
export interface CallDeadline {
  /** Aborts with the caller's own reason, or at the deadline. */
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  /** The promise's outcome, or the abort, whichever is first: for what takes no signal. */
  readonly race: <T>(promise: Promise<T>) => Promise<T>;
  /** Runs `work` without its time counting. The caller may abort all the same. Throws when the deadline was over before. */
  readonly paused: <T>(work: () => Promise<T>) => Promise<T>;
  /** Must be called when the call has ended: it frees the timer and the caller's signal. */
  readonly clear: () => void;
}

/** Starts the clock. `AbortSignal.any` would do, but on Node 20 it leaks with a signal that lives as long as the worker. */
export function startDeadline(
  timeoutMs: number,
  callerSignal?: AbortSignal,
  clock: SteadyClock = STEADY_CLOCK,
): CallDeadline {
  const controller = new AbortController();
  const stopwatch = startStopwatch(timeoutMs, clock, () => controller.abort());
  const abort = () => controller.abort(callerSignal?.reason);
  if (callerSignal?.aborted) abort();
  callerSignal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    isOver: stopwatch.isOver,
    race: (promise) => raceAbort(promise, controller.signal),
    paused: async (work) => {
      stopwatch.stop();
      controller.signal.throwIfAborted();
      try {
        return await work();
      } finally {
        stopwatch.resume();
      }
    },
    clear: () => {
      stopwatch.clear();
      callerSignal?.removeEventListener('abort', abort);
    },
  };
}

/** Calls `onOver` once it has run for `limitMs`. A process that was held up meanwhile hears of it at the next `stop`. */
function startStopwatch(limitMs: number, clock: SteadyClock, onOver: () => void) {
  let leftMs = limitMs;
  let startedAt = clock.now();
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    onOver();
  };
  let callOff = clock.after(limitMs, end);
  return {
    isOver: () => over,
    stop: () => {
      callOff();
      leftMs -= clock.now() - startedAt;
      if (leftMs <= 0) end();
    },
    resume: () => {
      startedAt = clock.now();
      callOff = clock.after(leftMs, end);
    },
    clear: () => callOff(),
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

// Name resolution and refused connections: nothing of the call left this machine.
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);

// What Node's network errors and axios' wrappers may carry.
const Faults = z.looseObject({
  message: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  errors: z.array(z.unknown()).optional().catch(undefined),
  cause: z.unknown().optional(),
});

/**
 * The error of a call that got no whole answer. Its cause is a plain Error with code and message:
 * what axios throws holds the signed headers and the body.
 */
export function transportError(
  call: ApiCall<unknown>,
  { host, thrown, sent }: { readonly host: string; readonly thrown: unknown; readonly sent: boolean },
): UnavailableError {
  const { message, code } = Faults.safeParse(thrown).data ?? {};
  const text = oneLine(message ?? '') || (code ?? 'for an unknown reason');
  const what = code === undefined || text.includes(code) ? text : `${text} (${code})`;
  return new UnavailableError(
    `${callName(call)}: no whole answer came from ${host}, ${what}`,
    factsWithoutAnswer(call, { mayHaveArrived: sent && !neverConnected(thrown) }),
    { cause: Object.assign(new Error(text), code === undefined ? {} : { code }) },
  );
}

/** The error of a call that took longer than it may. Once the request was begun it may have arrived. */
export function timeoutError(
  call: ApiCall<unknown>,
  { what, timeoutMs, sent }: { what: string; timeoutMs: number; sent: boolean },
): UnavailableError {
  return new UnavailableError(
    `${callName(call)}: ${what} within ${timeoutMs} ms`,
    factsWithoutAnswer(call, { mayHaveArrived: sent }),
  );
}

// Node tries several addresses and then throws an AggregateError, which axios wraps.
function neverConnected(thrown: unknown): boolean {
  const { syscall, code, errors, cause } = Faults.safeParse(thrown).data ?? {};
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (errors !== undefined && errors.length > 0) return errors.every(neverConnected);
  if (code !== undefined && NEVER_CONNECTED.has(code)) return true;
  return cause !== undefined && neverConnected(cause);
}
