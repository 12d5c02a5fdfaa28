import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { startWorkerProcess } from './worker-process.js';

/** Less than what a worker may take to end: the grace, 40 s, and the heartbeat timeout, 30 s. */
const WELL_UNDER_ITS_GRACE_MS = 20_000;

/** A cloud of so many running VMs, and one worker process over it. */
async function startOne(t: TestContext, vmCount: number, env: NodeJS.ProcessEnv = {}) {
  const instanceIds = Array.from({ length: vmCount }, uniqueVmId);
  const cloud = await startSimulator({ compress: 100, state: region({ vms: instanceIds.map((id) => vm(id)) }) });
  defer(t, () => cloud.close());
  const { client, settings } = await testTemporal(t);
  const where = { cloud, address: settings.address, taskQueue: `test-${randomUUID()}` };
  const worker = await startWorkerProcess(t, { ...where, env });
  const start = (instanceId: string) => startRebuild(client, where.taskQueue, requestFor(instanceId));
  return { cloud, instanceIds, worker, start, startAnother: () => startWorkerProcess(t, where) };
}

/** Each wait of a rebuild, and the call whose effect it waits for. */
const WAITS = [
  { wait: 'waitUntilStopped', operation: 'stopInstance' },
  { wait: 'waitUntilRebuilt', operation: 'rebuildInstance' },
  { wait: 'waitUntilRunning', operation: 'startInstance' },
];

async function pendingActivity(handle: WorkflowHandle) {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.[0];
}

describe('SIGTERM to a worker', { concurrency: true }, () => {
  it('in waits ends it well under its grace, and another worker takes over at once', async (t) => {
    const { cloud, instanceIds, worker, start, startAnother } = await startOne(t, WAITS.length);
    const rebuilds = await Promise.all(
      WAITS.map(async ({ wait, operation }, index) => {
        const instanceId = instanceIds[index] ?? '';
        cloud.addFault({ operation, instanceId, kind: { outcome: 'stuck' } });
        return { wait, instanceId, handle: await start(instanceId) };
      }),
    );
    for (const { wait, handle } of rebuilds)
      await eventually(`it is in ${wait}`, async () => {
        const pending = await pendingActivity(handle);
        // A task that the server has handed out may not have come to the worker yet; a heartbeat says that it has.
        return (
          pending?.activityType?.name === wait &&
          pending.lastHeartbeatTime !== null &&
          pending.lastHeartbeatTime !== undefined
        );
      });

    worker.signal('SIGTERM');
    let exit: unknown = null;
    void worker.ended.then((how) => (exit = how));
    await eventually('it has ended', () => exit !== null, WELL_UNDER_ITS_GRACE_MS);
    assert.equal(exit, 0, worker.output());

    for (const { wait, handle } of rebuilds) {
      const pending = await pendingActivity(handle);
      assert.equal(pending?.activityType?.name, wait);
      assert.equal(pending.lastFailure?.applicationFailureInfo?.type, 'WorkerStopping', 'given back, not timed out');
      assert.equal(pending.attempt, 2);
    }
    await startAnother();
    for (const { instanceId, handle } of rebuilds) {
      cloud.act.release(instanceId);
      const result = await outcomeOf(handle);
      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
      assert.equal(result.power.after, 'running');
    }
  });

  it('while the rebuild call is being answered lets the answer come, and ends', async (t) => {
    const { cloud, instanceIds, worker, start, startAnother } = await startOne(t, 1);
    const [instanceId = ''] = instanceIds;
    cloud.addFault({ operation: 'rebuildInstance', kind: { delayMs: 3_000, when: 'after' } });
    const handle = await start(instanceId);
    await eventually('the call is there', () => cloud.journal.effective('rebuildInstance') === 1);

    worker.signal('SIGTERM');
    assert.equal(await worker.ended, 0, worker.output());
    const [call] = cloud.journal.calls({ operation: 'rebuildInstance' });
    assert.equal(call?.httpStatus, 200);
    await startAnother();
    const result = await outcomeOf(handle);

    assert.equal(result.outcome, 'done', result.failure?.message);
    assert.equal(result.attempts['rebuild'], 1);
    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance' }).length, 1);
    assert.ok(
      result.apiCalls.some(({ requestId }) => requestId === call.requestId),
      'the answer is in the result',
    );
  });

  it('while the checks before the rebuild call outlast its grace cancels nothing: another worker rebuilds', async (t) => {
    const { cloud, instanceIds, worker, start, startAnother } = await startOne(t, 1, {
      REIMAGE_SHUTDOWN_GRACE_SECONDS: '0',
    });
    const [instanceId = ''] = instanceIds;
    const stopping = holdTransition(cloud, 'stopInstance');
    const handle = await start(instanceId);
    await stopping.reached();
    cloud.addFault({ operation: 'describeImages', kind: { delayMs: 20_000, when: 'before' } });
    stopping.release();
    const images = () => cloud.journal.calls({ operation: 'describeImages' }).length;
    await eventually('the checks wait for an image', () => images() === 2);

    worker.signal('SIGTERM');
    assert.equal(await worker.ended, 0, worker.output());
    await startAnother();
    const result = await outcomeOf(handle);

    assert.equal(result.outcome, 'done', result.failure?.message);
    assert.equal(cloud.journal.effective('rebuildInstance'), 1);
    assert.equal(cloud.vm(instanceId).status, 'running');
  });
});
