import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { connectClient } from '../../temporal/connect.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-dev-server-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function connect(t: TestContext, address: string) {
  const client = await connectClient({ address, namespace: 'default', connectionOptions: { address } });
  t.after(() => client.connection.close());
  return client;
}

describe('a Temporal server of our own', () => {
  it('given a file, when it is killed and started again, then it has the same address and the same workflows', async (t) => {
    const directory = await folder(t);
    const path = await testTemporalCli();
    const files = { logFile: join(directory, 'temporal.log'), dbFilename: join(directory, 'temporal.db') };
    const server = await startDevServer({ path, ...files });
    t.after(() => server.stop());
    const client = await connect(t, server.address);
    const handle = await client.workflow.start('nobodyWorksOnThis', {
      taskQueue: 'none',
      workflowId: 'kept',
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTE.region, value: 'cn-north-1' }],
    });
    const before = server.pid();

    await server.kill();
    await server.restart();

    assert.notEqual(server.pid(), before);
    const again = await connect(t, server.address);
    const { status, typedSearchAttributes } = await again.workflow.getHandle(handle.workflowId).describe();
    assert.equal(status.name, 'RUNNING');
    assert.equal(typedSearchAttributes.get(SEARCH_ATTRIBUTE.region), 'cn-north-1');
  });

  it('given a port for the UI, then the UI answers there', async (t) => {
    const server = await startDevServer({
      path: await testTemporalCli(),
      logFile: join(await folder(t), 'temporal.log'),
      uiPort: 0,
    });
    t.after(() => server.stop());

    const response = await fetch(`${server.uiUrl}/`);

    assert.equal(response.status, 200);
  });

  it('given dynamic configuration, then the server keeps to it', async (t) => {
    const server = await startDevServer({
      path: await testTemporalCli(),
      logFile: join(await folder(t), 'temporal.log'),
      dynamicConfig: { 'limit.maxIDLength': 100 },
    });
    t.after(() => server.stop());
    const client = await connect(t, server.address);

    const starting = client.workflow.start('any', { taskQueue: 'nobody', workflowId: 'w'.repeat(101) });

    await assert.rejects(starting, (error) => {
      assert.ok(error instanceof Error && error.cause instanceof Error);
      assert.match(error.cause.message, /WorkflowId length exceeds limit/);
      return true;
    });
  });

  it('given a port that is taken, then the error shows what the server said', async (t) => {
    const taken = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    t.after(() => taken.close());
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    const logFile = join(await folder(t), 'temporal.log');

    await assert.rejects(
      startDevServer({ path: await testTemporalCli(), logFile, port: address.port }),
      /The Temporal server ended with 1[^]*address already in use/,
    );
  });
});
