import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { connectClient } from '../../temporal/connect.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { startWorkerProcess } from './worker-process.js';

/** A Temporal server of this test's own, which keeps its workflows in a file. */
async function startServer(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  defer(t, () => rm(directory, { recursive: true, force: true }));
  const path = await testTemporalCli();
  const server = await startDevServer({
    path,
    logFile: join(directory, 'temporal.log'),
    dbFilename: join(directory, 'temporal.db'),
  });
  defer(t, () => server.kill());
  return server;
}

describe('kill -9 of the Temporal server', () => {
  it('in mid-rebuild, and a restart on its file, complete every rebuild, each erased once', async (t) => {
    const [stopping, called, rebuilding, starting] = [uniqueVmId(), uniqueVmId(), uniqueVmId(), uniqueVmId()];
    const instanceIds = [stopping, called, rebuilding, starting];
    const cloud = await startSimulator({
      compress: 100,
      state: region({ vms: instanceIds.map((instanceId) => vm(instanceId)) }),
      faults: [
        { operation: 'stopInstance', instanceId: stopping, kind: { outcome: 'stuck' } },
        // Its answer comes while there is no server to tell it to.
        { operation: 'rebuildInstance', instanceId: called, kind: { delayMs: 3_000, when: 'after' } },
        { operation: 'rebuildInstance', instanceId: rebuilding, kind: { outcome: 'stuck' } },
        { operation: 'startInstance', instanceId: starting, kind: { outcome: 'stuck' } },
      ],
    });
    defer(t, () => cloud.close());
    const server = await startServer(t);
    const { address, namespace } = server;
    const client = await connectClient({ address, namespace, connectionOptions: { address } });
    defer(t, () => client.connection.close());
    const taskQueue = `test-${randomUUID()}`;
    await startWorkerProcess(t, { cloud, address, taskQueue });
    const handles = [];
    for (const id of [stopping, rebuilding, starting])
      handles.push(await startRebuild(client, taskQueue, requestFor(id)));
    const isIn = (instanceId: string, status: string) => cloud.vm(instanceId).status === status;
    await eventually(
      'three are held in their phases',
      () => isIn(stopping, 'stopping') && isIn(rebuilding, 'rebuilding') && isIn(starting, 'starting'),
    );
    handles.push(await startRebuild(client, taskQueue, requestFor(called)));
    await eventually('the call is there', () => cloud.journal.effective('rebuildInstance', called) === 1);

    await server.kill();
    await eventually('the call is answered', () => {
      const [call] = cloud.journal.calls({ operation: 'rebuildInstance', instanceId: called });
      return call?.httpStatus === 200;
    });
    for (const instanceId of [stopping, rebuilding, starting]) cloud.act.release(instanceId);
    await server.restart();
    const results = await Promise.all(handles.map((handle) => outcomeOf(handle)));

    for (const result of results) {
      assert.equal(result.outcome, 'done', result.failure?.message);
      const { instanceId, power } = result;
      assert.equal(power.after, 'running');
      assert.equal(cloud.vm(instanceId).status, 'running');
      for (const operation of ['stopInstance', 'rebuildInstance', 'startInstance'])
        assert.equal(cloud.journal.effective(operation, instanceId), 1, `${operation} of ${instanceId}`);
    }
  });
});
