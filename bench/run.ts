import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { rebuildWorkflowId } from '../contracts/ids.js';
import { WORKFLOW } from '../contracts/names.js';
import { RebuildRequest } from '../contracts/rebuild-request.js';
import { bundleWorkflows } from '../scripts/bundle-workflows.js';
import type { Simulator } from '../simulator/start-simulator.js';
import { connectClient } from '../temporal/connect-client.js';
import { startDevServer } from '../temporal/dev-server.js';
import { findServer } from '../temporal/find-server.js';
import { COMPRESS, type Fleet, startFleet } from './fleet.js';
import { measure } from './measure.js';
import { renderReport, type Side } from './report.js';
import { startContender } from './usage.js';

const TASK_QUEUE = 'bench';
const log = (line: string) => console.error(`bench: ${line}`);

/** 100 rebuilds at a time in one region by one worker, and the same by a plain loop over the official SDK. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { vms: { type: 'string', default: '100' }, output: { type: 'string' } } });
  const size = Number(values.vms);
  if (!Number.isInteger(size) || size < 1) throw new Error('--vms must be a whole number from 1');
  const reimage = await runReimage(size);
  const loop = await runLoop(size);
  const report = { compress: COMPRESS, reimage, loop };
  console.log(values.output === 'json' ? JSON.stringify(report) : renderReport(report));
}

async function runReimage(size: number): Promise<Side> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-bench-'));
  const { path } = await findServer({ log });
  // In memory: with its SQLite file on a disk the development server waits for every write, and would be what is measured.
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
  const { cloud, fleet } = await startFleet(size);
  const bundlePath = join(directory, 'workflow-bundle.js');
  await writeFile(bundlePath, await bundleWorkflows());
  const { address } = server;
  const worker = startContender('reimage-worker', { ...fleet, address, taskQueue: TASK_QUEUE, bundlePath });
  const client = await connectClient({ address, namespace: 'default', connectionOptions: { address } });
  try {
    await worker.ready;
    log(
      `Reimage: ${size} rebuilds at once, times compressed ${COMPRESS} times, a look every ${fleet.pollIntervalMs} ms`,
    );
    const startedAt = performance.now();
    const historyEvents = await rebuildAll(client, fleet);
    const measured = measure(cloud, fleet.instanceIds, secondsSince(startedAt));
    return { ...measured, historyEvents, ...(await worker.finish()) };
  } finally {
    worker.kill();
    await client.connection.close();
    await cloud.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Starts all, waits for all; resolves with the events of the longest history. */
async function rebuildAll(client: Client, { regionId, imageId, instanceIds }: Fleet): Promise<number> {
  const events = await Promise.all(
    instanceIds.map(async (instanceId) => {
      const request = RebuildRequest.parse({ regionId, instanceId, imageId, keyNames: ['ops'] });
      const workflowId = rebuildWorkflowId(request);
      const handle = await client.workflow.start(WORKFLOW.rebuildInstance, {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [request],
      });
      await handle.result();
      return (await handle.describe()).historyLength;
    }),
  );
  return Math.max(...events);
}

async function runLoop(size: number): Promise<Side> {
  const { cloud, fleet } = await startFleet(size);
  const loop = startContender('sdk-loop', fleet);
  try {
    await loop.ready;
    log(`a plain loop over the official SDK: the same ${size} VMs`);
    const startedAt = performance.now();
    await cloud.waitFor((now) => allRebuiltAndRunning(now, fleet), 10 * 60_000);
    const measured = measure(cloud, fleet.instanceIds, secondsSince(startedAt));
    return { ...measured, historyEvents: null, ...(await loop.finish()) };
  } finally {
    loop.kill();
    await cloud.close();
  }
}

function allRebuiltAndRunning(cloud: Simulator, { instanceIds, imageId }: Fleet): boolean {
  return instanceIds.every((id) => cloud.vm(id).status === 'running' && cloud.vm(id).imageId === imageId);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

await main();
