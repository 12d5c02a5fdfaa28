import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../activities/create-activities.js';
import { createDependencies } from '../../activities/create-dependencies.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { createPayloadCodec } from '../../temporal/encryption/payload-codec.js';
import { openNamespace } from '../../temporal/namespace/open-namespace.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal, type TestTemporal } from '../fixtures/temporal-env.js';
import { startRebuild, TEST_TIMING } from '../fixtures/worker.js';
import { testWorkflows } from '../fixtures/workflow-bundle.js';

/** Whoever has this key reads what the other cannot. */
const keyOf = (id: string) => ({
  payloadCodecs: [createPayloadCodec([{ id, secret: createSecretKey(randomBytes(32)) }])],
});
const [WITH_KEY, WITHOUT_KEY] = [keyOf('new'), keyOf('old')];

interface Stage {
  readonly cloud: Simulator;
  readonly instanceId: string;
  readonly client: Client;
  readonly taskQueue: string;
  /** Starts a worker, and gives what ends it. What is under way ends first. */
  readonly startWorker: (options: Partial<WorkerOptions>) => Promise<Running>;
  readonly activities: Activities;
}

interface Running {
  /** What it has goes on. */
  readonly stopPolling: () => void;
  readonly stop: () => Promise<void>;
}

async function stageOf(t: TestContext, isTraceless: boolean): Promise<Stage> {
  const temporal = await testTemporal(t);
  const instanceId = uniqueVmId();
  const pairs = Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: 'v' }));
  const state = region({ vms: [vm(instanceId, 'running', isTraceless ? { metadata: pairs } : {})] });
  // Slow enough that the rebuild is seen: of a traceless one nothing else would tell.
  const timing = { rebuilding: 1_000_000 };
  const cloud = await startSimulator({ compress: 200, timing, state });
  defer(t, () => cloud.close());
  const taskQueue = `test-${randomUUID()}`;
  const { nativeConnection: connection, client } = temporal;
  const { namespace } = temporal.settings;
  return {
    cloud,
    instanceId,
    taskQueue,
    client: new Client({ connection: client.connection, namespace, dataConverter: WITH_KEY }),
    startWorker: (options) => startWorker(t, temporal, { taskQueue, ...options }),
    activities: activitiesOf(t, cloud, openNamespace({ connection, namespace, dataConverter: WITH_KEY })),
  };
}

function activitiesOf(t: TestContext, cloud: Simulator, namespace: ReturnType<typeof openNamespace>): Activities {
  const stopping = new AbortController();
  const jdcloud = { endpoint: cloud.endpoint, credentials: async () => cloud.credentials };
  const { signal } = stopping;
  const dependencies = createDependencies({ jdcloud, env: {}, namespace, timing: TEST_TIMING, stopping: signal });
  defer(t, () => dependencies.close());
  return dependencies.activities;
}

async function startWorker(
  t: TestContext,
  { nativeConnection: connection, settings }: TestTemporal,
  options: Partial<WorkerOptions> & { readonly taskQueue: string },
): Promise<Running> {
  const { namespace } = settings;
  const given = { connection, namespace, shutdownGraceTime: '60s', maxHeartbeatThrottleInterval: 200, ...options };
  const worker = await Worker.create(given);
  const ended = worker.run();
  const stopPolling = () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const stop = async () => {
    stopPolling();
    await ended;
  };
  defer(t, stop);
  return { stopPolling, stop };
}

type ActivityName = keyof Activities;

/** The same activities, of which one ends late: when it is let go. */
function holding(
  activities: Activities,
  name: ActivityName,
): { held: object; reached: () => boolean; letGo: () => void } {
  let isReached = false;
  let letGo = () => undefined as void;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const own = activities[name] as (...args: unknown[]) => Promise<unknown>;
  const late = async (...args: unknown[]) => {
    const result = await own(...args);
    isReached = true;
    await gate;
    return result;
  };
  return { held: { ...activities, [name]: late }, reached: () => isReached, letGo };
}

interface Row {
  /** The activity whose first attempt goes to a worker that lacks the key. */
  readonly activity: ActivityName;
  /** The one that comes before it. */
  readonly after: ActivityName;
  readonly request?: Partial<RebuildRequestInput>;
  /** No room for a marker, and the image that it has: what became of a call that may be out could not be told. */
  readonly isTraceless?: true;
}

const ROWS: readonly Row[] = [
  { activity: 'stopInstance', after: 'planRebuild' },
  { activity: 'waitUntilStopped', after: 'stopInstance' },
  { activity: 'createBackup', after: 'waitUntilStopped', request: { backup: 'image' } },
  { activity: 'waitUntilBackupReady', after: 'createBackup', request: { backup: 'image' } },
  { activity: 'rebuildInstance', after: 'waitUntilStopped', isTraceless: true },
  { activity: 'waitUntilRebuilt', after: 'rebuildInstance' },
  { activity: 'startInstance', after: 'waitUntilRebuilt' },
  { activity: 'verifyRebuilt', after: 'waitUntilRunning' },
];

/** How the last attempt at the pending activity ended, by the server. */
async function lastFailureOf({ client }: Stage, workflowId: string, activity: ActivityName): Promise<string | null> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const own = (raw.pendingActivities ?? []).find(({ activityType }) => activityType?.name === activity);
  return own?.lastFailure?.applicationFailureInfo?.type ?? null;
}

describe('an attempt that a worker without the key has taken', { concurrency: 2 }, () => {
  for (const { activity, after, request, isTraceless = false } of ROWS)
    it(
      `at ${activity} is repeated by another worker, and counts as having sent nothing`,
      { timeout: 300_000 },
      async (t) => {
        const stage = await stageOf(t, isTraceless);
        const { client, taskQueue, cloud, instanceId, activities } = stage;
        await stage.startWorker({ ...(await testWorkflows()), dataConverter: WITH_KEY });
        const { held, reached, letGo } = holding(activities, after);
        // With one at a time it asks for no other while that one is held.
        const first = await stage.startWorker({
          activities: held,
          dataConverter: WITH_KEY,
          maxConcurrentActivityTaskExecutions: 1,
        });
        const handle = await startRebuild(client, taskQueue, requestFor(instanceId, request));
        await eventually(`${after} is held`, reached);
        first.stopPolling();
        let isRun = false;
        const never = { [activity]: async () => void (isRun = true) };
        const lacking = await stage.startWorker({ activities: never, dataConverter: WITHOUT_KEY });
        letGo();
        await eventually(
          'the server tells of it',
          async () => (await lastFailureOf(stage, handle.workflowId, activity)) === 'PayloadUnreadable',
        );
        lacking.stopPolling();
        await stage.startWorker({ activities, dataConverter: WITH_KEY });
        const result = await outcomeOf(handle);

        assert.equal(result.outcome, 'done', `${result.failure?.type} ${result.failure?.message}`);
        assert.equal(isRun, false);
        assert.deepEqual([cloud.vm(instanceId).status, result.power.after], ['running', 'running']);
        const performed = (['stopInstance', 'createImage', 'rebuildInstance', 'startInstance'] as const).map((each) =>
          cloud.journal.effective(each, instanceId),
        );
        assert.deepEqual(performed, [1, request?.backup === 'image' ? 1 : 0, 1, 1]);
      },
    );
});
