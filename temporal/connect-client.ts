import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { ConnectSettings } from './connect-settings.js';
import { connectWithin } from './connect-within.js';
import { createLastRefusal } from './last-refusal.js';
import { NO_PROXY } from './proxy.js';
import type { OnWaiting } from './waiting.js';
import { proxyOnTheWayTo } from './why-unreachable.js';

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
