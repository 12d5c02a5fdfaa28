import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { connectClient } from '../../temporal/connect-client.js';
import type { ConnectSettings } from '../../temporal/connect-settings.js';
import { connectWorker } from '../../temporal/connect-worker.js';
import { startDevServer } from '../../temporal/dev-server.js';
import { findServer } from '../../temporal/find-server.js';

/** Where clean-up is registered: a test's `t`, or `{ after }` of node:test for a whole file. */
export interface Scope {
  readonly after: (cleanUp: () => Promise<void>) => void;
}

export interface TestTemporal {
  readonly settings: ConnectSettings;
  readonly client: Client;
  readonly nativeConnection: NativeConnection;
}

/**
 * Connections to the Temporal server that test/run.ts has started for all files. A file that is run
 * by hand gets a server of its own for as long as the scope lasts.
 */
export async function testTemporal(scope: Scope): Promise<TestTemporal> {
  // node:test runs clean-up in the order of registration, so that this is one, in the reverse order of what it made.
  const closers: (() => Promise<void>)[] = [];
  scope.after(async () => {
    for (const close of closers.toReversed()) await close();
  });
  const defer = (close: () => Promise<void>) => void closers.push(close);
  const address = process.env['REIMAGE_TEST_TEMPORAL_ADDRESS'] ?? (await startOwnServer(defer));
  const settings = { address, namespace: 'default', connectionOptions: { address } };
  const client = await connectClient(settings);
  defer(() => client.connection.close());
  const nativeConnection = await connectWorker(settings);
  defer(() => nativeConnection.close());
  return { settings, client, nativeConnection };
}

/** Path of the Temporal CLI, for a test that must have a server of its own. */
export async function testTemporalCli(): Promise<string> {
  const given = process.env['REIMAGE_TEST_TEMPORAL_CLI'];
  return given ?? (await findServer({ log: console.error })).path;
}

async function startOwnServer(defer: (close: () => Promise<void>) => void): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  defer(() => rm(directory, { recursive: true, force: true }));
  const server = await startDevServer({ path: await testTemporalCli(), logFile: join(directory, 'temporal.log') });
  defer(() => server.stop());
  return server.address;
}
