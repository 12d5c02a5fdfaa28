import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { ConnectSettings } from '../../temporal/connect-settings.js';
import { connectClient } from '../../temporal/connect.js';
import { type DevServerOptions, startDevServer } from '../../temporal/dev-server/dev-server.js';
import { findServer } from '../../temporal/dev-server/find-server.js';
import { connectWorker } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from './defer.js';

export type { Scope } from './defer.js';

export interface TestTemporal {
  readonly settings: ConnectSettings;
  readonly client: Client;
  readonly nativeConnection: NativeConnection;
}

/** How a server of one's own is set. */
export type OwnServer = Pick<DevServerOptions, 'dynamicConfig' | 'env'>;

/**
 * Connections to the Temporal server that test/run.ts has started for all files. A file that is run
 * by hand gets a server of its own for as long as the scope lasts.
 *
 * What uses the connections is cleaned up by `defer` of the same scope.
 */
export async function testTemporal(scope: Scope, server: OwnServer = {}): Promise<TestTemporal> {
  const address = process.env['REIMAGE_TEST_TEMPORAL_ADDRESS'] ?? (await startOwnServer(scope, server));
  return await connectTo(scope, address);
}

/** Connections to a server that no other test uses, such as one with low limits. It ends with the scope. */
export async function ownTemporal(scope: Scope, server: OwnServer): Promise<TestTemporal> {
  return await connectTo(scope, await startOwnServer(scope, server));
}

/**
 * The same to a server of the scope's own whose index learns nothing: it finds no workflow, though each can be described.
 * So it is where the index lags, for as long as the test needs.
 */
export async function temporalWithBlindIndex(scope: Scope): Promise<TestTemporal> {
  const dynamicConfig = { 'system.visibilityPersistenceMaxWriteQPS': 0 };
  return await connectTo(scope, await startOwnServer(scope, { dynamicConfig }));
}

async function connectTo(scope: Scope, address: string): Promise<TestTemporal> {
  const settings = { address, namespace: 'default', connectionOptions: { address } };
  const client = await connectClient(settings);
  defer(scope, () => client.connection.close());
  const nativeConnection = await connectWorker(settings);
  defer(scope, () => nativeConnection.close());
  return { settings, client, nativeConnection };
}

/** Path of the Temporal CLI, for a test that must have a server of its own. */
export async function testTemporalCli(): Promise<string> {
  const given = process.env['REIMAGE_TEST_TEMPORAL_CLI'];
  return given ?? (await findServer({ log: console.error })).path;
}

async function startOwnServer(scope: Scope, settings: OwnServer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  defer(scope, () => rm(directory, { recursive: true, force: true }));
  const server = await startDevServer({
    ...settings,
    path: await testTemporalCli(),
    logFile: join(directory, 'temporal.log'),
  });
  defer(scope, () => server.stop());
  return server.address;
}
