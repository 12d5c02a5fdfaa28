import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

Runtime.install({ logger: new DefaultLogger('ERROR') });

let bundle: ReturnType<typeof bundleWorkflowCode> | undefined;

/** A worker that runs the stand-in workflows on a task queue, until the test ends or `stop` is called. */
export async function startStandInWorker(
  t: TestContext,
  { address, taskQueue }: { address: string; taskQueue: string },
): Promise<{ stop: () => Promise<void> }> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await bundle,
    activities: { failAndHeartbeat },
    maxHeartbeatThrottleInterval: 10,
    defaultHeartbeatThrottleInterval: 10,
  });
  const running = worker.run();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      worker.shutdown();
      await running;
      await connection.close();
    })();
    return stopping;
  };
  t.after(stop);
  return { stop };
}

/** Fails the first two attempts; in the third it heartbeats until it is cancelled. */
async function failAndHeartbeat(): Promise<void> {
  const context = Context.current();
  if (context.info.attempt < 3) throw new Error('503 from JD Cloud\u001b[31m');
  const observed = { status: 'stopping', imageId: null, observedAt: null };
  const beat = setInterval(() => context.heartbeat({ attempt: 3, observed, lastError: 'JD Cloud answered 503' }), 50);
  await context.cancelled.finally(() => clearInterval(beat));
}

/** Ids that no other test uses. */
export function uniqueIds(): { taskQueue: string; vm: { regionId: string; instanceId: string } } {
  const id = randomUUID().slice(0, 13);
  return { taskQueue: `queue-${id}`, vm: { regionId: 'cn-north-1', instanceId: `i-${id}` } };
}
