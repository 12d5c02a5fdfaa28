import type { Client } from '@temporalio/client';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { log } from '../log.js';
import { startRegion, type Target } from '../region.js';
import { startStand, TASK_QUEUE } from '../stand.js';
import { startContender } from '../usage.js';
import { measure } from './measure.js';
import type { Report, Side } from './report.js';

/** How much faster than the cloud the simulator runs: 20 s stops, 60 s rebuilds and 15 s starts become 5, 15 and 4. */
const COMPRESS = 4;

/** Pause between two looks at a VM or a region: the default that users get. It is not compressed. */
const POLL_INTERVAL_MS = 5_000;

/** Rebuilds so many VMs at a time in one region by one worker, and the same by a plain loop over the official SDK. */
export async function runRebuilds(size: number): Promise<Report> {
  const reimage = await runReimage(size);
  const loop = await runLoop(size);
  return { compress: COMPRESS, reimage, loop };
}

async function runReimage(size: number): Promise<Side> {
  const { cloud, target } = await startRegion(size, COMPRESS);
  const { client, worker, close } = await startStand(target, { timesFaster: 1, callsPerMinute: null });
  try {
    log(`Reimage: ${size} rebuilds at once, times compressed ${COMPRESS} times, a look every ${POLL_INTERVAL_MS} ms`);
    const startedAt = performance.now();
    const historyEvents = await rebuildAll(client, target);
    const measured = measure(cloud, target.instanceIds, secondsSince(startedAt));
    return { ...measured, historyEvents, ...(await worker.finish()) };
  } finally {
    await close();
    await cloud.close();
  }
}

/** Starts all, waits for all; resolves with the events of the longest history. */
async function rebuildAll(client: Client, { regionId, imageId, instanceIds }: Target): Promise<number> {
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
  const { cloud, target } = await startRegion(size, COMPRESS);
  const loop = startContender('sdk-loop', { ...target, pollIntervalMs: POLL_INTERVAL_MS });
  try {
    await loop.ready;
    log(`a plain loop over the official SDK: the same ${size} VMs`);
    const startedAt = performance.now();
    await cloud.waitFor((now) => allRebuiltAndRunning(now, target), 10 * 60_000);
    const measured = measure(cloud, target.instanceIds, secondsSince(startedAt));
    return { ...measured, historyEvents: null, ...(await loop.finish()) };
  } finally {
    loop.kill();
    await cloud.close();
  }
}

function allRebuiltAndRunning(cloud: Simulator, { instanceIds, imageId }: Target): boolean {
  return instanceIds.every((id) => cloud.vm(id).status === 'running' && cloud.vm(id).imageId === imageId);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
