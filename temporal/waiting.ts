import { setTimeout as sleep } from 'node:timers/promises';

/** Something that is waited for, as it is told to whoever waits. */
export interface Waiting {
  /** What is waited for, such as `a worker's plan of i-a1`. */
  readonly what: string;
  /** Since when (ISO 8601, UTC, by the clock of this machine). */
  readonly since: string;
  /** Why it has not come yet: the last error of what is waited for. Null: nothing is known of one. */
  readonly lastError: string | null;
  /** When it is given up (ISO 8601, UTC, by the clock of this machine); null: never. */
  readonly until: string | null;
  /** All of that in one line. */
  readonly note: string;
}

/** Hears of a wait: once it has lasted three seconds, at every change of the reason after that, and twice a minute. */
export type OnWaiting = (waiting: Waiting) => void;

/** A wait, before it has begun. */
export interface WaitFor {
  readonly what: string;
  /** How long it goes on at most, from its beginning; null: for ever. A function where that depends on what comes of it. */
  readonly forMs: number | null | (() => number | null);
  /** Finds out why it has not come yet; null where nothing tells. What it throws is told as the reason. */
  readonly lastError?: () => Promise<string | null> | string | null;
}

/** Whatever waits longer than this says so. */
export const TOLD_AFTER_MS = 3_000;
const LOOK_EVERY_MS = 1_000;
const TOLD_AGAIN_AFTER_MS = 30_000;

/**
 * Does some work, and says what it waits for, and why, should that take long: the one place where a wait is told, for
 * command line, library and worker alike. A listener that throws is told no more, and the work goes on.
 * @throws what the work throws
 */
export async function tellingWait<T>(
  tell: OnWaiting | undefined,
  waitFor: WaitFor,
  work: () => Promise<T>,
): Promise<T> {
  if (tell === undefined) return await work();
  const over = new AbortController();
  tellUntil(over.signal, tell, waitFor).catch(() => undefined);
  try {
    return await work();
  } finally {
    over.abort();
  }
}

async function tellUntil(over: AbortSignal, tell: OnWaiting, { what, forMs, lastError }: WaitFor): Promise<void> {
  const began = Date.now();
  const since = new Date(began).toISOString();
  let toldError: string | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;
  await pause(TOLD_AFTER_MS, over);
  while (!over.aborted) {
    const why = await reasonOf(lastError);
    if (over.aborted) return;
    const now = performance.now();
    if (why !== toldError || now - toldAt >= TOLD_AGAIN_AFTER_MS) {
      [toldError, toldAt] = [why, now];
      const atMost = typeof forMs === 'function' ? forMs() : forMs;
      const until = atMost === null ? null : new Date(began + atMost).toISOString();
      tell(withNote({ what, since, until, lastError: why }));
    }
    await pause(LOOK_EVERY_MS, over);
  }
}

async function reasonOf(lastError: WaitFor['lastError']): Promise<string | null> {
  try {
    return (await lastError?.()) ?? null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function withNote(waiting: Omit<Waiting, 'note'>): Waiting {
  const { what, lastError, until } = waiting;
  const why = lastError === null ? '' : `: ${lastError.replace(/\.$/, '')}`;
  return { ...waiting, note: `waiting for ${what}${why}; ${until === null ? 'without end' : `until ${until}`}` };
}

/** Sleeps, or less when the signal says so. Holds no process up. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Tells waits in a worker's log, as warnings. */
export function tellInLog(log: { readonly warn: (fields: object, message: string) => void }): OnWaiting {
  return ({ note, ...waiting }) => log.warn(waiting, note);
}
