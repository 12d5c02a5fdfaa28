import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type ConnectSettings, TemporalConnectError } from './connect-settings.js';
import { NO_PROXY, proxyText } from './proxy.js';
import { type OnWaiting, tellingWait } from './waiting.js';
import { proxyOnTheWayTo, whyUnreachable } from './why-unreachable.js';

const CONNECT_WITHIN_MS = 5_000;

export interface ConnectClientSettings extends ConnectSettings {
  /** How payloads and failures go to Temporal. @default in clear */
  readonly dataConverter?: DataConverter;
  /** Hears that connecting takes long. */
  readonly onWaiting?: OnWaiting | undefined;
  /** Ends the connecting. */
  readonly signal?: AbortSignal | undefined;
}

/** A client, and what its server refused last. */
export interface ConnectedClient {
  readonly client: Client;
  /** Null where the last attempt at a call was answered. */
  readonly lastRefusal: () => string | null;
  /** Closes the connection: soon, where a call is about to be repeated that nobody waits for any more. */
  readonly close: () => Promise<void>;
}

/**
 * Connects a client. Close it by `client.connection.close()`.
 * @throws TemporalConnectError when no server answers within `connectWithinMs`, at once where it is refused, or when it
 * does not let us in
 */
export async function connectClient(
  settings: ConnectClientSettings,
  connectWithinMs = CONNECT_WITHIN_MS,
): Promise<Client> {
  return (await connectObserved(settings, connectWithinMs)).client;
}

/** The same, with what its server refuses while the SDK repeats a call in silence. @throws as {@link connectClient} */
export async function connectObserved(
  { onWaiting, signal, ...settings }: ConnectClientSettings,
  connectWithinMs = CONNECT_WITHIN_MS,
): Promise<ConnectedClient> {
  const { namespace, connectionOptions, dataConverter = {} } = settings;
  const { interceptor, last, endWith } = createLastRefusal();
  const connection = Connection.lazy({
    ...connectionOptions,
    ...(proxyOnTheWayTo(settings.address) === null && NO_PROXY),
    interceptors: [interceptor],
    connectTimeout: connectWithinMs,
  });
  const close = () => endWith(() => connection.close());
  try {
    await connectWithin(settings, () => connection.ensureConnected(), connectWithinMs, { tell: onWaiting, signal });
    return { client: new Client({ connection, namespace, dataConverter }), lastRefusal: last, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How long the knocking may go on once the connection has failed. */
const WORDS_WITHIN_MS = 1_000;

/**
 * Connects, and finds out meanwhile why it cannot: what is refused ends it at once.
 * @param connect - rejects by itself once it has tried for `withinMs`, or later
 * @param waiter - `tell` hears that it waits, `signal` ends it
 * @throws TemporalConnectError that names the address, the reason and the proxy, if there is one · the reason of `signal`
 */
export async function connectWithin<T>(
  settings: ConnectSettings,
  connect: () => Promise<T>,
  withinMs: number,
  { tell, signal }: { readonly tell?: OnWaiting | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  signal?.throwIfAborted();
  const { address } = settings;
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not answer within ${withinMs / 1000} s`)), withinMs);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
  });
  const refusal = whyUnreachable(settings, over.signal).then(async (why): Promise<never> => {
    if (why === null) return await late;
    throw new Error(why);
  });
  // Its own words last: those of the network are for people.
  const connecting = connect().catch(async (error: unknown) => {
    await Promise.race([refusal, sleep(WORDS_WITHIN_MS, undefined, { ref: false })]);
    throw error;
  });
  for (const each of [late, refusal, connecting]) each.catch(() => undefined);
  try {
    const waitFor = { what: `the Temporal server at ${address}`, forMs: withinMs };
    return await tellingWait(tell, waitFor, () => Promise.race([connecting, refusal, late]));
  } catch (error) {
    signal?.throwIfAborted();
    const proxy = proxyOnTheWayTo(address);
    throw new TemporalConnectError(address, error, proxy && proxyText(proxy));
  } finally {
    over.abort();
    clearTimeout(timer);
  }
}

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/** gRPC codes that say nothing of the call itself: UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE. */
const REFUSALS = new Set([2, 4, 8, 13, 14]);

/** A timer may be late by so much. */
const MARGIN_MS = 50;

/** What the calls of one connection were refused with. */
export interface LastRefusal {
  /** Repeats calls as the SDK does, which is in silence, and hears how each attempt ends. */
  readonly interceptor: Interceptor;
  /** What the server, or the network on the way, said of the last attempt; null where that was answered. */
  readonly last: () => string | null;
  /**
   * Repeats nothing any more, and closes the connection: at once, or once a repeat that is due has been begun. The SDK
   * (1.24) begins it all the same, and on a connection that is closed it throws where nobody can catch it.
   */
  readonly endWith: (close: () => Promise<void>) => Promise<void>;
}

/** Remembers how the last attempt at a call of a connection ended. */
export function createLastRefusal(): LastRefusal {
  let last: string | null = null;
  let isOver = false;
  let repeatsUntil = 0;
  const { delayFunction, retryableDecider } = defaultGrpcRetryOptions();
  const interceptor = makeGrpcRetryInterceptor({
    delayFunction: (attempt, status) => {
      const delayMs = delayFunction(attempt, status);
      repeatsUntil = Math.max(repeatsUntil, performance.now() + delayMs);
      return delayMs;
    },
    retryableDecider: (attempt, status) => {
      last = REFUSALS.has(status.code) ? status.details : null;
      return !isOver && retryableDecider(attempt, status);
    },
  });
  return {
    interceptor,
    last: () => last,
    endWith: async (close) => {
      isOver = true;
      const leftMs = repeatsUntil - performance.now();
      // Nobody waits for it: the call was given up.
      if (leftMs > 0) setTimeout(() => void close(), leftMs + MARGIN_MS).unref();
      else await close();
    },
  };
}
