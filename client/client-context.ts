import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import { fromTemporalError } from './temporal-errors.js';

/** What every function of the library works with. */
export interface ClientContext {
  readonly client: Client;
  readonly taskQueue: string;
  /** Base URL of Temporal's web UI; null when unknown. */
  readonly webUi: string | null;
}

const CALL_TIMEOUT_MS = 10_000;

/**
 * Makes one short call to the Temporal server; the SDK repeats it inside the time given.
 * @throws ReimageError and nothing else
 */
export async function callTemporal<T>(
  { client }: ClientContext,
  call: () => Promise<T>,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + timeoutMs, call);
  } catch (error) {
    throw fromTemporalError(error);
  }
}

/**
 * Makes calls that end when `signal` does. They get a signal of their own: the SDK takes none of its
 * listeners off again (1.24), so that one which outlives many calls would collect them.
 */
export async function callUntil<T>(
  { client }: ClientContext,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await call();
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const abort = () => own.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await client.withAbortSignal(own.signal, call);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
