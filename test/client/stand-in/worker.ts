import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type NativeConnection, Worker } from '@temporalio/worker';
import type { DecisionTaken, Held } from '../../../contracts/decision.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import '../../fixtures/quiet-runtime.js';
import type { Ending } from './workflows.js';

let bundle: ReturnType<typeof bundleWorkflowCode> | undefined;

export interface StandInWorker {
  readonly stop: () => Promise<void>;
}

/** A worker that runs the stand-in workflows on a task queue, until the scope ends or `stop` is called. */
export async function startStandInWorker(
  scope: Scope,
  connection: NativeConnection,
  taskQueue: string,
): Promise<StandInWorker> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await bundle,
    activities: { failAndHeartbeat },
    maxHeartbeatThrottleInterval: 10,
    defaultHeartbeatThrottleInterval: 10,
  });
  const running = worker.run();
  const stop = async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
  defer(scope, stop);
  return { stop };
}

/** Fails the first two attempts; in the third it heartbeats until it is cancelled. */
async function failAndHeartbeat(): Promise<void> {
  const context = Context.current();
  if (context.info.attempt < 3) throw new Error('503 from JD Cloud');
  const observed = { status: 'stopping', imageId: null, observedAt: null };
  const beat = setInterval(() => context.heartbeat({ attempt: 3, observed, lastError: 'JD Cloud answered 503' }), 50);
  await context.cancelled.finally(() => clearInterval(beat));
}

interface RunOfStandIn {
  readonly operationId: string;
  readonly runId: string;
}

/** A task queue and a VM that no other test uses. */
export function uniqueIds(): { taskQueue: string; vm: { regionId: string; instanceId: string } } {
  const id = randomUUID().slice(0, 13);
  return { taskQueue: `stand-in-${id}`, vm: { regionId: 'cn-north-1', instanceId: `i-${id}` } };
}

/** Ends a stand-in rebuild. */
export async function endStandIn(client: Client, { operationId, runId }: RunOfStandIn, how: Ending): Promise<void> {
  await client.workflow.getHandle(operationId, runId).signal('end', how);
}

/** Holds a stand-in rebuild. */
export async function holdStandIn(client: Client, { operationId, runId }: RunOfStandIn, held: Held): Promise<void> {
  await client.workflow.getHandle(operationId, runId).signal('hold', held);
}

/** The decisions that a stand-in rebuild has taken, in order. */
export async function decisionsOf(client: Client, { operationId, runId }: RunOfStandIn): Promise<DecisionTaken[]> {
  return await client.workflow.getHandle(operationId, runId).query<DecisionTaken[]>('decisions');
}
