import { setMaxListeners } from 'node:events';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { encodeToPayload } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Unreadable } from '../../contracts/task-failure.js';
import { keyIdOf } from '../../temporal/encryption/payload-codec.js';
import { type OnWaiting, tellingWait, type WaitFor } from '../../temporal/waiting.js';
import { fromTemporalError, unreadableOf } from './temporal-errors.js';

/** What every call of the library takes. */
export interface CallOptions {
  /** Ends the call, which throws its reason. What the call has begun at the server goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Hears what the call waits for, and why, once that takes longer than three seconds. */
  readonly onProgress?: OnWaiting | undefined;
}

/** What every function of the library works with. */
export interface ClientContext extends CallOptions {
  readonly client: Client;
  readonly taskQueue: string;
  /** Base URL of Temporal's web UI; null when unknown. */
  readonly webUi: string | null;
  /** What the server, or the network on the way to it, refused last; null: nothing. Absent: nothing tells. */
  readonly lastRefusal?: () => string | null;
}

/** The context of what is looked up beside a call that tells already what it waits for. */
export function quiet(context: ClientContext): ClientContext {
  return { ...context, onProgress: undefined };
}

const CALL_TIMEOUT_MS = 10_000;

/** The context of one call: its own options go before those of the client. */
export function contextOf(context: ClientContext, { signal, onProgress }: CallOptions): ClientContext {
  return {
    ...context,
    signal: signal ?? context.signal,
    onProgress: onProgress ?? context.onProgress,
  };
}

/**
 * Makes one short call to the Temporal server; the SDK repeats it inside the time given.
 * @param waitFor - what is said of it, should it take long. By default that it waits for the server
 * @throws ReimageError, or the reason of the context's signal, and nothing else
 */
export async function callTemporal<T>(
  context: ClientContext,
  call: () => Promise<T>,
  timeoutMs = CALL_TIMEOUT_MS,
  waitFor: Partial<WaitFor> = {},
): Promise<T> {
  const { client, signal, onProgress } = context;
  try {
    return await tellingWait(onProgress, { ...ofServer(context, timeoutMs), ...waitFor }, () =>
      callUntil(context, signal, () => client.withDeadline(Date.now() + timeoutMs, call)),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw fromTemporalError(error);
  }
}

function ofServer({ client, lastRefusal }: ClientContext, forMs: number): WaitFor {
  return {
    what: `the Temporal server (namespace ${client.options.namespace})`,
    forMs,
    lastError: () => lastRefusal?.() ?? null,
  };
}

/**
 * Makes calls that end when `signal` does, at once: of a call that the SDK is about to repeat it cancels nothing (1.24).
 * They get a signal of their own, since the SDK takes none of its listeners off again: one which outlives many calls
 * would collect them.
 * @throws what the calls throw · the reason of the signal
 */
export async function callUntil<T>(
  { client }: Pick<ClientContext, 'client'>,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await call();
  signal.throwIfAborted();
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const abort = () => own.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const aborted = new Promise<never>((_resolve, reject) => {
    own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
  });
  const calling = client.withAbortSignal(own.signal, call);
  // It may end after the race is over.
  calling.catch(() => undefined);
  try {
    return await Promise.race([calling, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** How a run closed: with a value, or with the error that the SDK makes of its last event. */
export type Closing = { readonly value: unknown } | { readonly error: WorkflowFailedError };

/** Waits for the end of a run. Throws what the Temporal client throws when the server cannot be asked. */
export async function closingOf(handle: WorkflowHandle): Promise<Closing> {
  try {
    return { value: await handle.result() };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { error };
    throw error;
  }
}

/**
 * How a closed run has ended, or why that cannot be read here.
 * @throws ReimageUnreachableError
 */
export async function closingOrUnreadable(
  context: ClientContext,
  handle: WorkflowHandle,
): Promise<Closing | { readonly unreadable: Unreadable }> {
  try {
    return await callTemporal(context, () => closingOf(handle));
  } catch (error) {
    const unreadable = unreadableOf(error);
    if (unreadable === null) throw error;
    return { unreadable };
  }
}

/** The id of the key that encrypts here; null where encryption is off. */
export async function currentKeyOrNull(context: ClientContext): Promise<string | null> {
  const { loadedDataConverter } = context.client.options;
  return keyIdOf(await callTemporal(context, () => encodeToPayload(loadedDataConverter, null)));
}
