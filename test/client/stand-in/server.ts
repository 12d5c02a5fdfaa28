import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { startDevServer, type DevServer } from '../../../temporal/dev-server.js';
import { findServer } from '../../../temporal/find-server.js';

/** A Temporal server of this test file's own, for tests that stop it or that kill runs. Call it at the top of `describe`. */
export function ownServer(): { server: () => Promise<DevServer>; client: () => Promise<Client> } {
  let started: Promise<{ server: DevServer; client: Client; folder: string }> | undefined;
  const start = () => (started ??= startServer());
  after(async () => {
    if (started === undefined) return;
    const { server, client, folder } = await started;
    await client.connection.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { server: async () => (await start()).server, client: async () => (await start()).client };
}

async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), 'reimage-client-'));
  const { path } = await findServer({ log: (line) => process.stderr.write(`${line}\n`) });
  const server = await startDevServer({
    path,
    logFile: join(folder, 'server.log'),
    dbFilename: join(folder, 'temporal.db'),
  });
  const connection = await Connection.connect({ address: server.address });
  return { server, client: new Client({ connection }), folder };
}
