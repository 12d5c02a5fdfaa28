import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { startWorker } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { routedActivities } from '../fixtures/routed-activities.js';
import { type OwnServer, testTemporal } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { testWorkflows } from '../fixtures/workflow-bundle.js';
import type { World } from './world.js';

/** The Temporal server that all rebuilds run on. */
export interface Engine {
  readonly client: Client;
  /** `host:port`. */
  readonly address: string;
}

/** One Temporal worker for many worlds: each activity goes to the world that its VM is in. */
export interface SharedWorker {
  readonly engine: Engine;
  readonly join: (world: World) => void;
  readonly leave: (world: World) => void;
  readonly start: (request: RebuildRequestInput) => Promise<WorkflowHandle>;
}

/**
 * The server's part of the cost made small: an activity goes to the worker with the answer to the workflow task that
 * asks for it, instead of by the task queue, and Go collects its garbage when there is four times more of it.
 */
const FRUGAL: OwnServer = {
  dynamicConfig: { 'system.enableActivityEagerExecution': true },
  env: { ...process.env, GOGC: '400' },
};

/** Starts the worker. It ends with the scope. */
export async function startSharedWorker(scope: Scope): Promise<SharedWorker> {
  const worlds = new Map<string, World>();
  const { client, nativeConnection, settings } = await testTemporal(scope, FRUGAL);
  const taskQueue = `matrix-${randomUUID()}`;
  const worker = await startWorker({
    connection: nativeConnection,
    namespace: settings.namespace,
    taskQueue,
    activities: routedActivities((instanceId) => worlds.get(instanceId)?.dependencies.activities),
    workflows: await testWorkflows(),
    limits: { maxCachedWorkflows: 1_000, maxConcurrentActivities: 1_000, maxConcurrentWorkflowTasks: 40 },
    shutdownGraceMs: 2_000,
  });
  defer(scope, () => worker.stop());
  return {
    engine: { client, address: settings.address },
    join: (world) => world.instanceIds.forEach((id) => worlds.set(id, world)),
    leave: (world) => world.instanceIds.forEach((id) => worlds.delete(id)),
    start: (request) => startRebuild(client, taskQueue, request),
  };
}
