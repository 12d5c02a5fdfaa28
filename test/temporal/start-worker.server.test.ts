import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { createLogger } from '../../temporal/logger.js';
import { startWorkerHttp } from '../../temporal/worker/http.js';
import { createMetrics } from '../../temporal/worker/metrics.js';
import { installRuntime, startWorker } from '../../temporal/worker/start-worker.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { testTemporal } from '../fixtures/temporal-env.js';

const workflowsPath = fileURLToPath(new URL('fixtures/waiting-workflow.ts', import.meta.url));
const { metricsUrl } = await installRuntime(createLogger('fatal'));

/** A worker whose activity waits until the worker stops, as our waits do. */
async function startWaiting(t: TestContext) {
  const { client, nativeConnection } = await testTemporal(t);
  const taskQueue = `test-${randomUUID()}`;
  const stopping = new AbortController();
  const state = { waiting: 0 };
  const wait = async (): Promise<string> => {
    state.waiting += 1;
    if (state.waiting > 1) return 'by the second worker';
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
    throw ApplicationFailure.retryable('the worker stops');
  };
  const start = async () => {
    const worker = await startWorker({
      connection: nativeConnection,
      namespace: 'default',
      taskQueue,
      activities: { wait },
      workflows: { workflowsPath },
      limits: { maxCachedWorkflows: 10, maxConcurrentActivities: 10, maxConcurrentWorkflowTasks: 10 },
      shutdownGraceMs: 60_000,
      onShutdown: () => stopping.abort(),
    });
    defer(t, () => worker.stop());
    return worker;
  };
  return { client, taskQueue, start, state };
}

describe('a worker', () => {
  it('given an activity that waits, when it stops, then the wait gives up at once and the next worker goes on', async (t) => {
    const { client, taskQueue, start, state } = await startWaiting(t);
    const first = await start();
    const handle = await client.workflow.start('waitOnce', { taskQueue, workflowId: randomUUID() });
    await eventually('the activity waits', () => state.waiting === 1);
    const askedAt = performance.now();

    await first.stop();

    assert.ok(performance.now() - askedAt < 30_000, 'does not wait out the grace');
    await start();
    assert.equal(await handle.result(), 'by the second worker');
  });

  it('given one that polls, then it is ready; given one that has stopped, then it is not and says so', async (t) => {
    const { start } = await startWaiting(t);
    const worker = await start();
    await eventually('ready', async () => (await worker.whyNotReady()) === null);

    await worker.stop();

    assert.equal(await worker.whyNotReady(), 'the worker is stopped');
    await worker.stop();
  });

  it("given a worker, then its /metrics holds the SDK's beside ours", async (t) => {
    const { start } = await startWaiting(t);
    const worker = await start();
    const metrics = createMetrics();
    metrics.watch(() => 0);
    const http = await startWorkerHttp({
      host: '127.0.0.1',
      port: 0,
      readMetrics: metrics.read,
      temporalMetricsUrl: metricsUrl,
      whyNotReady: worker.whyNotReady,
    });
    t.after(() => http.close());

    const read = async () => (await fetch(`${http.url}/metrics`)).text();

    await eventually('the pollers are counted', async () => /^temporal_num_pollers\{/m.test(await read()));
    const text = await read();
    assert.match(text, /^reimage_waiting_vms 0$/m);
    assert.match(text, /^temporal_worker_task_slots_available\{.*worker_type="ActivityWorker".*\} 10$/m);
  });
});
