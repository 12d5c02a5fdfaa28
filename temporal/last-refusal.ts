import { type ConnectionOptions, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

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
