import { NativeConnection } from '@temporalio/worker';
import type { ConnectSettings } from '../connect-settings.js';
import { connectWithin } from '../connect.js';
import type { OnWaiting } from '../waiting.js';
import { proxyOnTheWayTo } from '../why-unreachable.js';

const WORKER_CONNECT_WITHIN_MS = 10_000;

/**
 * Connects as a worker must, through the proxy that a client would take. There is no second try: a worker that cannot
 * reach its server ends, and whatever supervises it starts it again.
 * @param tell - hears that it waits
 * @throws TemporalConnectError when no server answers within `connectWithinMs`, at once where it is refused, or when it
 * does not let us in
 */
export async function connectWorker(
  settings: ConnectSettings,
  connectWithinMs = WORKER_CONNECT_WITHIN_MS,
  tell?: OnWaiting,
): Promise<NativeConnection> {
  const proxy = proxyOnTheWayTo(settings.address);
  const options = { ...settings.connectionOptions, ...(proxy !== null && { proxy: asCoreHasIt(proxy) }) };
  return await connectWithin(settings, () => NativeConnection.connect(options), connectWithinMs, { tell });
}

function asCoreHasIt({ host, port, basicAuth }: NonNullable<ReturnType<typeof proxyOnTheWayTo>>) {
  return { type: 'http-connect' as const, targetHost: `${host}:${port}`, ...(basicAuth !== null && { basicAuth }) };
}
