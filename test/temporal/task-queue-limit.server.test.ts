import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { startWorker } from '../../temporal/worker/start-worker.js';
import { defer } from '../fixtures/defer.js';
import { testTemporal } from '../fixtures/temporal-env.js';

const workflowsPath = fileURLToPath(new URL('fixtures/waiting-workflow.ts', import.meta.url));
const ACTIVITIES = 8;
const PER_SECOND = 2;

/** A worker with a connection of its own, as in a process of its own: the SDK takes one worker of a queue on each. */
async function startLimited(t: TestContext, taskQueue: string, work: () => Promise<string>): Promise<Client> {
  const { client, nativeConnection } = await testTemporal(t);
  const worker = await startWorker({
    connection: nativeConnection,
    namespace: 'default',
    taskQueue,
    activities: { wait: work },
    workflows: { workflowsPath },
    limits: {
      maxCachedWorkflows: 10,
      maxConcurrentActivities: 10,
      maxConcurrentWorkflowTasks: 10,
      taskQueueActivitiesPerSecond: PER_SECOND,
    },
    shutdownGraceMs: 1_000,
  });
  defer(t, () => worker.stop());
  return client;
}

describe('the limit of a task queue', () => {
  it('given two workers, then both together start no more activities a second than it allows', async (t) => {
    const taskQueue = `test-${randomUUID()}`;
    let started = 0;
    const work = async () => `activity ${++started}`;
    const client = await startLimited(t, taskQueue, work);
    await startLimited(t, taskQueue, work);
    const execute = () => client.workflow.execute('waitOnce', { taskQueue, workflowId: randomUUID() });

    const begunAt = performance.now();
    await Promise.all(Array.from({ length: ACTIVITIES }, execute));

    assert.equal(started, ACTIVITIES);
    // The server lets the starts of one second go at once. Without a limit all of it takes a fraction of a second.
    const leastMs = ((ACTIVITIES - PER_SECOND) / PER_SECOND) * 1_000;
    assert.ok(performance.now() - begunAt > leastMs * 0.9);
  });
});
