import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { connectClient } from '../../temporal/connect.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';

/** The least that a server takes. */
const CATCH_UP_SECONDS = 10;

describe('a server that is away for longer than a schedule catches up', () => {
  it('makes up for what is within the window, and misses and tells the rest', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
    defer(t, () => rm(directory, { recursive: true, force: true }));
    const path = await testTemporalCli();
    const [logFile, dbFilename] = [join(directory, 'temporal.log'), join(directory, 'temporal.db')];
    const server = await startDevServer({ path, logFile, dbFilename });
    defer(t, () => server.kill());
    const { address, namespace } = server;
    const client = await connectClient({ address, namespace, connectionOptions: { address } });
    defer(t, () => client.connection.close());
    const { schedules } = await ReimageClient.connect({ client, taskQueue: 'nobody', env: {} });
    await schedules.create({
      id: 'often',
      cron: ['* * * * * * *'],
      zone: 'Asia/Shanghai',
      catchUpSeconds: CATCH_UP_SECONDS,
      fleet: {
        name: 'web',
        regionId: 'cn-north-1',
        select: { name: '*' },
        image: { newestNamed: 'web-' },
        rebuild: { keyNames: ['ops'] },
      },
    });
    await eventually('it fires', async () => (await schedules.describe('often')).fired === 1);

    await server.kill();
    const away = Date.now();
    await eventually('the window is over', () => Date.now() > away + (CATCH_UP_SECONDS + 5) * 1000);
    await server.restart();
    await eventually('what was missed is told', async () => (await schedules.describe('often')).missed > 0);

    const { missed, skipped, fired } = await schedules.describe('often');
    assert.ok(missed >= 3, `${missed} of those that were more than ${CATCH_UP_SECONDS} s late`);
    assert.ok(skipped >= CATCH_UP_SECONDS - 2, `${skipped} of the others came while the first one ran`);
    assert.equal(fired, 1);
    const listed = await schedules.list();
    assert.deepEqual(
      listed.map(({ scheduleId }) => scheduleId),
      ['often'],
    );
    assert.ok((listed[0]?.missed ?? 0) >= missed);
  });
});
