import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../activities/create-activities.js';
import { createDependencies } from '../../activities/create-dependencies.js';
import type { Timing } from '../../activities/runtime/time.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { RebuildRequest, type RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { CredentialProvider } from '../../jdcloud/credentials.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { openNamespace } from '../../temporal/namespace/open-namespace.js';
import { packageVersion } from '../../temporal/package-version.js';
import { type RunningWorker, startWorker } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from './defer.js';
import { outcomeOf } from './outcome.js';
import './quiet-runtime.js';
import { testTemporal, type TestTemporal } from './temporal-env.js';
import { testWorkflows } from './workflow-bundle.js';

/** Times for a simulator that runs a few hundred times faster than the cloud. */
export const TEST_TIMING: Timing = {
  pollIntervalMs: 100,
  readWindowMs: 10,
  settleMs: 1_000,
  busyLimitMs: 3_000,
  busyDelayMs: 200,
  throttledDelayMs: 200,
  longestDelayMs: 60_000,
};

export interface TestWorker {
  readonly client: Client;
  readonly taskQueue: string;
  /** Starts a rebuild and leaves it running. */
  readonly start: (request: RebuildRequestInput) => Promise<WorkflowHandle>;
  /** Runs a rebuild to its end, whatever that is. */
  readonly execute: (request: RebuildRequestInput) => Promise<RebuildResult>;
  readonly worker: RunningWorker;
}

export interface TestWorkerOptions {
  readonly cloud: Pick<Simulator, 'endpoint' | 'credentials'>;
  /** @default those of the cloud, for ever */
  readonly credentials?: CredentialProvider;
  readonly timing?: Partial<Timing>;
  readonly env?: NodeJS.ProcessEnv;
  readonly taskQueue?: string;
  /** @default the namespace that all tests share */
  readonly temporal?: TestTemporal;
  /** Put around the activities, for a test that has to know when one begins. @default nothing */
  readonly around?: (activities: Activities) => object;
}

/** A worker on a task queue of its own, over a simulator. Ends with the scope. */
export async function startTestWorker(scope: Scope, options: TestWorkerOptions): Promise<TestWorker> {
  const temporal = options.temporal ?? (await testTemporal(scope));
  const stopping = new AbortController();
  const { endpoint, credentials } = options.cloud;
  const { nativeConnection: connection, settings } = temporal;
  const { namespace } = settings;
  const dependencies = createDependencies({
    about: {
      identity: `${process.pid}@${hostname()}`,
      versions: { reimage: packageVersion(), node: process.versions.node },
      startedAt: new Date(),
      keyIds: [],
      endpoint,
      regionId: 'cn-north-1',
      credentialsFrom: async () => 'the test',
      lastFailure: () => null,
    },
    jdcloud: { endpoint, credentials: options.credentials ?? (async () => credentials) },
    env: options.env ?? {},
    namespace: openNamespace({ connection, namespace }),
    timing: { ...TEST_TIMING, ...options.timing },
    stopping: stopping.signal,
  });
  const taskQueue = options.taskQueue ?? `test-${randomUUID()}`;
  const worker = await startWorker({
    connection,
    namespace,
    taskQueue,
    activities: options.around?.(dependencies.activities) ?? dependencies.activities,
    workflows: await testWorkflows(),
    limits: { maxCachedWorkflows: 200, maxConcurrentActivities: 200, maxConcurrentWorkflowTasks: 20 },
    shutdownGraceMs: 2_000,
    heartbeatThrottleMs: 200,
    onShutdown: () => stopping.abort(),
  });
  defer(scope, async () => {
    await worker.stop();
    dependencies.close();
  });
  const start = (input: RebuildRequestInput) => startRebuild(temporal.client, taskQueue, input);
  return {
    client: temporal.client,
    taskQueue,
    start,
    execute: async (input) => outcomeOf(await start(input)),
    worker,
  };
}

/** Starts the workflow as the client does, without the client's own checks. */
export function startRebuild(client: Client, taskQueue: string, input: RebuildRequestInput): Promise<WorkflowHandle> {
  const request = RebuildRequest.parse(input);
  return client.workflow.start(WORKFLOW.rebuildInstance, {
    workflowId: rebuildWorkflowId(request),
    taskQueue,
    args: [request],
  });
}
