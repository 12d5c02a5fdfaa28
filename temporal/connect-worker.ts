import { NativeConnection } from '@temporalio/worker';
import { TemporalConnectError, type ConnectSettings } from './connect-settings.js';

const CONNECT_WITHIN_MS = 10_000;

/**
 * Connects as a worker must. There is no second try: a worker that cannot reach its server ends, and
 * whatever supervises it starts it again.
 * @throws TemporalConnectError when no server answers within `connectWithinMs`, or it does not let us in
 */
export async function connectWorker(
  { address, connectionOptions }: ConnectSettings,
  connectWithinMs = CONNECT_WITHIN_MS,
): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${connectWithinMs / 1000} s`)), connectWithinMs);
  });
  try {
    return await Promise.race([NativeConnection.connect(connectionOptions), late]);
  } catch (error) {
    throw new TemporalConnectError(address, error);
  } finally {
    clearTimeout(timer);
  }
}
