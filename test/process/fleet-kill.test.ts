import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { connectClient } from '../../temporal/connect.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { defer } from '../fixtures/defer.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';
import { fleetCloud, fleetInput, fleetOutcome, startFleet } from '../workflows/fleet/fleet-lane.js';
import { mostDown } from '../workflows/fleet/journal-of-fleet.js';
import { startWorkerProcess } from './worker-process.js';

const MOST_DOWN = 4;
const SIZE = 12;

describe('kill -9 in the middle of a wave', () => {
  it('of a worker, and of worker and server at once, loses nothing, does nothing twice and keeps the limits', async (t) => {
    const { cloud, ids } = await fleetCloud(t, { size: SIZE, compress: 60 });
    const directory = await mkdtemp(join(tmpdir(), 'reimage-fleet-kill-'));
    defer(t, () => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
    const [logFile, dbFilename] = [join(directory, 'temporal.log'), join(directory, 'temporal.db')];
    const server = await startDevServer({ path: await testTemporalCli(), logFile, dbFilename });
    defer(t, () => server.kill());
    const { address, namespace } = server;
    const client = await connectClient({ address, namespace, connectionOptions: { address } });
    defer(t, () => client.connection.close());
    const taskQueue = `test-${randomUUID()}`;
    const where = { cloud, address, taskQueue, env: { REIMAGE_CALLS_PER_MINUTE: '0' } };
    const first = await startWorkerProcess(t, where);
    const rollout = { maxUnavailable: { fleet: MOST_DOWN, perAz: 2 } };
    const handle = await startFleet({ worker: { client, taskQueue } }, fleetInput({ ids }, { rollout }));

    await cloud.waitFor(({ journal }) => journal.effective('rebuildInstance') >= 2, 120_000);
    first.signal('SIGKILL');
    const second = await startWorkerProcess(t, where);
    await cloud.waitFor(({ journal }) => journal.effective('rebuildInstance') >= 6, 120_000);
    second.signal('SIGKILL');
    await server.kill();
    await server.restart();
    await startWorkerProcess(t, where);
    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(result.counts.done, SIZE);
    for (const id of ids) {
      assert.equal(cloud.journal.effective('rebuildInstance', id), 1, id);
      assert.deepEqual([cloud.vm(id).imageId, cloud.vm(id).status], [OTHER_IMAGE_ID, 'running']);
    }
    assert.ok(mostDown(cloud) <= MOST_DOWN);
  });
});
