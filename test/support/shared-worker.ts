import { randomUUID } from 'node:crypto';
import { createDependencies, type Dependencies } from '../../activities/create-dependencies.js';
import { openNamespace } from '../../temporal/namespace/open-namespace.js';
import { type RunningWorker, startWorker } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from './defer.js';
import { outcomeOf } from './outcome.js';
import { routedActivities } from './routed-activities.js';
import { testTemporal, type TestTemporal } from './temporal-env.js';
import { startRebuild, TEST_TIMING, type TestWorker, type TestWorkerOptions } from './worker.js';
import { testWorkflows } from './workflow-bundle.js';

interface SharedWorker {
  readonly temporal: TestTemporal;
  readonly taskQueue: string;
  readonly worker: RunningWorker;
  readonly close: () => Promise<void>;
}

/** How long a worker that nobody uses waits for the next: longer than from one test of a file to the next. */
const LINGER_MS = 500;

const dependenciesOf = new Map<string, Dependencies>();
let shared: Promise<SharedWorker> | undefined;
let users = 0;
let lingering: NodeJS.Timeout | undefined;

/** What is of one user alone: its VM, and how the worker's activities see the cloud of that VM. */
export type SharedWorkerOptions = Pick<TestWorkerOptions, 'cloud' | 'timing' | 'env'> & { readonly instanceId: string };

/**
 * A Temporal worker that all who ask for one in this process share: to start one costs as much as to rebuild three VMs.
 * Each has its own activities with its own client. The worker ends when nobody uses it any more.
 */
export async function useSharedWorker(scope: Scope, options: SharedWorkerOptions): Promise<TestWorker> {
  clearTimeout(lingering);
  users += 1;
  defer(scope, leave);
  shared ??= start();
  const { temporal, taskQueue, worker } = await shared;
  joinWith(scope, temporal, options);
  const startOne: TestWorker['start'] = (request) => startRebuild(temporal.client, taskQueue, request);
  return {
    client: temporal.client,
    taskQueue,
    start: startOne,
    execute: async (request) => outcomeOf(await startOne(request)),
    worker,
  };
}

async function start(): Promise<SharedWorker> {
  const cleanUps: (() => Promise<void>)[] = [];
  const scope: Scope = { after: (cleanUp) => void cleanUps.push(cleanUp) };
  const temporal = await testTemporal(scope);
  const taskQueue = `test-${randomUUID()}`;
  const worker = await startWorker({
    connection: temporal.nativeConnection,
    namespace: temporal.settings.namespace,
    taskQueue,
    activities: routedActivities((instanceId) => dependenciesOf.get(instanceId)?.activities),
    workflows: await testWorkflows(),
    limits: { maxCachedWorkflows: 200, maxConcurrentActivities: 200, maxConcurrentWorkflowTasks: 20 },
    shutdownGraceMs: 2_000,
    heartbeatThrottleMs: 200,
  });
  defer(scope, () => worker.stop());
  const close = async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  };
  return { temporal, taskQueue, worker, close };
}

function joinWith(
  scope: Scope,
  { nativeConnection: connection, settings }: TestTemporal,
  { cloud: { endpoint, credentials }, env = {}, timing, instanceId }: SharedWorkerOptions,
): void {
  const stopping = new AbortController();
  const dependencies = createDependencies({
    jdcloud: { endpoint, credentials: async () => credentials },
    env,
    namespace: openNamespace({ connection, namespace: settings.namespace }),
    timing: { ...TEST_TIMING, ...timing },
    stopping: stopping.signal,
  });
  dependenciesOf.set(instanceId, dependencies);
  defer(scope, () => {
    stopping.abort();
    dependenciesOf.delete(instanceId);
    dependencies.close();
  });
}

function leave(): void {
  users -= 1;
  if (users > 0) return;
  lingering = setTimeout(() => {
    const left = shared;
    shared = undefined;
    void left?.then(({ close }) => close());
  }, LINGER_MS);
}
