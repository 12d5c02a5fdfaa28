import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { resetRun } from '../fixtures/reset-run.js';
import type { Rebuild, Stage } from './stage.js';
import type { Administration } from './walk.js';

/** Does to a rebuild what an administrator may do with Temporal's own tools. @returns whether it was done: it may have ended */
export async function administer(stage: Stage, rebuild: Rebuild, act: Administration): Promise<boolean> {
  const { client } = stage.workers;
  if (rebuild.handle === null || rebuild.hasEnded) return false;
  if (act.act === 'pause-activity') return await pauseActivity(client, rebuild.handle, act.forMs);
  if (act.act === 'reset-activity') return await resetActivity(client, rebuild.handle, act.heartbeats);
  // Whoever waits for its end waits for this first.
  const resetting = reset(client, rebuild, rebuild.handle, act.to);
  rebuild.resetting = resetting.then(() => undefined);
  return await resetting;
}

async function reset(client: Client, rebuild: Rebuild, handle: WorkflowHandle, to: 'first' | 'last'): Promise<boolean> {
  try {
    rebuild.handle = await resetRun(client, await handle.describe(), to);
    rebuild.resets += 1;
    return true;
  } catch {
    return false; // it has done no task yet, or no longer runs
  }
}

async function pauseActivity(client: Client, handle: WorkflowHandle, forMs: number): Promise<boolean> {
  const activity = await activityOf(client, handle);
  if (activity === null) return false;
  try {
    await client.workflowService.pauseActivity(activity);
  } catch {
    return false; // it has ended meanwhile
  }
  await delay(forMs);
  await client.workflowService.unpauseActivity(activity).catch(() => undefined);
  return true;
}

async function resetActivity(client: Client, handle: WorkflowHandle, heartbeats: boolean): Promise<boolean> {
  const activity = await activityOf(client, handle);
  if (activity === null) return false;
  try {
    await client.workflowService.resetActivity({ ...activity, resetHeartbeat: heartbeats });
    return true;
  } catch {
    return false;
  }
}

/** The step under way; null where there is none. */
async function activityOf({ options: { namespace } }: Client, handle: WorkflowHandle) {
  const { workflowId, runId, raw } = await handle.describe();
  const id = raw.pendingActivities?.[0]?.activityId;
  return id ? { namespace, execution: { workflowId, runId }, id } : null;
}
