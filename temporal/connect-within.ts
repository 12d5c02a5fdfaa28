import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectSettings, TemporalConnectError } from './connect-settings.js';
import { proxyText } from './proxy.js';
import { type OnWaiting, tellingWait } from './waiting.js';
import { proxyOnTheWayTo, whyUnreachable } from './why-unreachable.js';

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
