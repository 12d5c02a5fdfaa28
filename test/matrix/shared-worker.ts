import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import * as z from 'zod';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { startWorker } from '../../temporal/start-worker.js';
import { defer, type Scope } from '../support/defer.js';
import { type OwnServer, testTemporal } from '../support/temporal-env.js';
import { startRebuild } from '../support/worker.js';
import { testWorkflows } from '../support/workflow-bundle.js';
import { openWorld, type World } from './world.js';

/** One Temporal worker for many worlds: each activity goes to the world that its VM is in. */
export interface SharedWorker {
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

const Vm = z.looseObject({ instanceId: z.string() });

/** The VM that an activity's input names, whichever activity it is. */
const Input = z.union([
  Vm.transform(({ instanceId }) => instanceId),
  z.looseObject({ vm: Vm }).transform(({ vm }) => vm.instanceId),
  z.looseObject({ request: Vm }).transform(({ request }) => request.instanceId),
  z.looseObject({ target: z.looseObject({ vm: Vm }) }).transform(({ target }) => target.vm.instanceId),
]);

/** Starts the worker. It ends with the scope. */
export async function startSharedWorker(scope: Scope): Promise<SharedWorker> {
  const worlds = new Map<string, World>();
  const { client, nativeConnection, settings } = await testTemporal(scope, FRUGAL);
  const taskQueue = `matrix-${randomUUID()}`;
  const worker = await startWorker({
    connection: nativeConnection,
    namespace: settings.namespace,
    taskQueue,
    activities: await routed(worlds),
    workflows: await testWorkflows(),
    limits: { maxCachedWorkflows: 1_000, maxConcurrentActivities: 1_000, maxConcurrentWorkflowTasks: 40 },
    shutdownGraceMs: 2_000,
  });
  defer(scope, () => worker.stop());
  return {
    join: (world) => world.instanceIds.forEach((id) => worlds.set(id, world)),
    leave: (world) => world.instanceIds.forEach((id) => worlds.delete(id)),
    start: (request) => startRebuild(client, taskQueue, request),
  };
}

/** Every activity that there is, as one that finds its world first. */
async function routed(worlds: ReadonlyMap<string, World>): Promise<Record<string, (...args: unknown[]) => unknown>> {
  const sample = await openWorld(0);
  const names = Object.keys(sample.dependencies.activities);
  await sample.close();
  const route =
    (name: string) =>
    (...args: unknown[]) => {
      const instanceId = Input.parse(args[0]);
      const activity: unknown = Reflect.get(worlds.get(instanceId)?.dependencies.activities ?? {}, name);
      if (typeof activity !== 'function') throw new Error(`no world holds ${instanceId}`);
      return Reflect.apply(activity, undefined, args);
    };
  return Object.fromEntries(names.map((name) => [name, route(name)]));
}
