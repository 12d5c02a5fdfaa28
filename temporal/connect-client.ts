import { Client, Connection } from '@temporalio/client';
import { TemporalConnectError, type ConnectSettings } from './connect-settings.js';

const CONNECT_WITHIN_MS = 5_000;

/**
 * Connects a client. Close it by `client.connection.close()`.
 * @throws TemporalConnectError when no server answers within `connectWithinMs`, or it does not let us in
 */
export async function connectClient(
  { address, namespace, connectionOptions }: ConnectSettings,
  connectWithinMs = CONNECT_WITHIN_MS,
): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: connectWithinMs });
    return new Client({ connection, namespace });
  } catch (error) {
    throw new TemporalConnectError(address, error);
  }
}
