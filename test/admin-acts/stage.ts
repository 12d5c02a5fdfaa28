import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { createDependencies, type Dependencies } from '../../activities/create-dependencies.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { openNamespace } from '../../temporal/namespace/open-namespace.js';
import { startWorker } from '../../temporal/worker/start-worker.js';
import { type HealthServer, startHealthServer } from '../chaos/health-server.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { FOREIGN_IMAGE_ID } from '../fixtures/lane.js';
import { uniqueVmId } from '../fixtures/requests.js';
import { routedActivities } from '../fixtures/routed-activities.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startRebuild, TEST_TIMING } from '../fixtures/worker.js';
import { testWorkflows } from '../fixtures/workflow-bundle.js';

/** One VM in a cloud of its own. */
export interface Vm {
  readonly instanceId: string;
  readonly cloud: Simulator;
  readonly start: (request: RebuildRequestInput) => Promise<WorkflowHandle>;
  readonly close: () => Promise<void>;
}

/** A Temporal server and workers, for many VMs at once. */
export interface Stage {
  readonly client: Client;
  readonly services: HealthServer;
  /** @param isBare - by a worker that keeps no workflow in memory: each task replays all of its history */
  readonly addVm: (isBare: boolean) => Promise<Vm>;
}

const SETTLE_MS = 600;

/** Starts two workers. They end with the scope. */
export async function openStage(scope: Scope): Promise<Stage> {
  const { client, nativeConnection: connection, settings } = await testTemporal(scope);
  const { namespace } = settings;
  const services = await startHealthServer(scope);
  const dependenciesOf = new Map<string, Dependencies>();
  const activities = routedActivities((instanceId) => dependenciesOf.get(instanceId)?.activities);
  const startOne = async (maxCachedWorkflows: number) => {
    const taskQueue = `acts-${randomUUID()}`;
    const worker = await startWorker({
      connection,
      namespace,
      taskQueue,
      activities,
      workflows: await testWorkflows(),
      limits: { maxCachedWorkflows, maxConcurrentActivities: 300, maxConcurrentWorkflowTasks: 20 },
      shutdownGraceMs: 2_000,
      heartbeatThrottleMs: 200,
    });
    defer(scope, () => worker.stop());
    return taskQueue;
  };
  const [usual, bare] = [await startOne(300), await startOne(0)];
  const addVm: Stage['addVm'] = async (isBare) => {
    const instanceId = uniqueVmId();
    const cloud = await openCloud(instanceId);
    const stopping = new AbortController();
    const { endpoint, credentials } = cloud;
    const dependencies = createDependencies({
      jdcloud: { endpoint, credentials: async () => credentials },
      env: {},
      namespace: openNamespace({ connection, namespace }),
      timing: { ...TEST_TIMING, settleMs: SETTLE_MS },
      stopping: stopping.signal,
    });
    dependenciesOf.set(instanceId, dependencies);
    return {
      instanceId,
      cloud,
      start: (request) => startRebuild(client, isBare ? bare : usual, request),
      close: async () => {
        stopping.abort();
        dependenciesOf.delete(instanceId);
        dependencies.close();
        await cloud.close();
      },
    };
  };
  return { client, services, addVm };
}

function openCloud(instanceId: string): Promise<Simulator> {
  const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, FOREIGN_IMAGE_ID].map((id) => image(id));
  return startSimulator({
    compress: 200,
    // So that the start is seen.
    timing: { starting: 80_000 },
    assumptions: { callsPerMinute: 0 },
    state: region({ vms: [vm(instanceId)], images }),
  });
}
