import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { TemporalConnectError, type ConnectSettings } from './connect-settings.js';

const CONNECT_WITHIN_MS = 5_000;

export interface ConnectClientSettings extends ConnectSettings {
  /** How payloads and failures go to Temporal. @default in clear */
  readonly dataConverter?: DataConverter;
}

/**
 * Connects a client. Close it by `client.connection.close()`.
 * @throws TemporalConnectError when no server answers within `connectWithinMs`, or it does not let us in
 */
export async function connectClient(
  { address, namespace, connectionOptions, dataConverter = {} }: ConnectClientSettings,
  connectWithinMs = CONNECT_WITHIN_MS,
): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: connectWithinMs });
    return new Client({ connection, namespace, dataConverter });
  } catch (error) {
    throw new TemporalConnectError(address, error);
  }
}
