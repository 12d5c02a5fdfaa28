import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { ReimageClient, ReimageUnreachableError } from '../../client/index.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { connectWorker } from '../../temporal/worker/start-worker.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';
import { endStandIn, startStandInWorker, uniqueIds } from './stand-in/worker.js';

/** A Temporal server of this test's own, on a file, that it may kill. */
async function ownServer(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'reimage-restart-'));
  defer(t, () => rm(folder, { recursive: true, force: true }));
  const server = await startDevServer({
    path: await testTemporalCli(),
    logFile: join(folder, 'server.log'),
    dbFilename: join(folder, 'temporal.db'),
  });
  defer(t, () => server.stop());
  const settings = { address: server.address, namespace: 'default', connectionOptions: { address: server.address } };
  // Without the SDK's own repeats, which would live through twenty seconds by themselves.
  const connection = await Connection.connect({ address: server.address, interceptors: [] });
  defer(t, () => connection.close());
  const client = new Client({ connection });
  const { taskQueue, vm } = uniqueIds();
  const reimage = await ReimageClient.connect({ client, taskQueue, env: {} });
  return { server, settings, client, reimage, taskQueue, request: { ...vm, imageInherit: 'yes' as const } };
}

describe('wait, when the Temporal server is killed', () => {
  it('says so while it is away, and gives the result once it is back', async (t) => {
    const { server, settings, client, reimage, taskQueue, request } = await ownServer(t);
    const operation = await reimage.start(request);
    const notes: (string | null)[] = [];
    const waiting = reimage.wait(operation, { onProgress: ({ note }) => notes.push(note), progressIntervalMs: 50 });
    await eventually('a first look', () => notes.length > 0);
    await server.kill();
    await eventually('the outage is told', () => /Temporal server/.test(notes.at(-1) ?? ''));
    await server.restart();
    const connection = await connectWorker(settings);
    defer(t, () => connection.close());
    await startStandInWorker(t, connection, taskQueue);
    await endStandIn(client, operation, 'done');
    assert.equal((await waiting).outcome, 'done');
  });

  it('gives up when it stays away for longer than asked', async (t) => {
    const { server, reimage, request } = await ownServer(t);
    const operation = await reimage.start(request);
    let looks = 0;
    const onProgress = () => void (looks += 1);
    const waiting = reimage.wait(operation, { reconnectTimeoutMs: 100, onProgress });
    waiting.catch(() => undefined);
    await eventually('it waits', () => looks > 0);
    await server.kill();
    await assert.rejects(waiting, (error) => {
      return error instanceof ReimageUnreachableError && error.failure.type === 'TemporalUnreachable';
    });
  });
});
