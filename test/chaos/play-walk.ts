import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import type { Scope } from '../fixtures/defer.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { startRebuild } from '../fixtures/worker.js';
import { perform } from './deeds.js';
import { keepHold } from './hold-keeper.js';
import { type Pace, type Rebuild, setUpStage, type Stage } from './stage.js';
import { taskFailures } from './task-failures.js';
import type { Event, Walk } from './walk.js';
import type { StartWorkers } from './workers.js';

/** What a VM is in; null: it is gone. */
export type Seen = { readonly status: string; readonly imageId: string } | null;

/** How a rebuild ended. */
export interface Ended {
  readonly rebuild: Rebuild;
  readonly result: RebuildResult;
  /** The VM at the moment that the result was there. */
  readonly atEnd: Seen;
  readonly taskFailures: readonly string[];
}

/** All that came of a walk. */
export interface Played {
  readonly stage: Stage;
  readonly ended: readonly Ended[];
  /** Rebuilds that did not end in time, or without a result that can be read, each with why. */
  readonly lost: readonly string[];
  readonly doneEvents: readonly Event[];
  readonly decisions: number;
}

/** Plays a walk to its end: starts its rebuilds, does its deeds, then lets nothing go wrong any more, and waits. */
export async function playWalk(scope: Scope, walk: Walk, pace: Pace, startWorkers: StartWorkers): Promise<Played> {
  const stage = await setUpStage(scope, walk, pace, startWorkers);
  const calmAt = Date.now() + pace.calmAfterMs;
  const state = { isOver: false };
  const deeds = doDeeds(stage, walk, () => Date.now() >= calmAt || state.isOver);
  const starts = stage.rebuilds.map((rebuild) => start(stage, rebuild));
  const keepers = stage.rebuilds.map((rebuild) => keepHold(stage, rebuild, () => state.isOver));
  const ends = starts.map(async (started, index) => {
    await started;
    return await untilEnded(stage, stage.rebuilds[index], calmAt + pace.endsWithinMs);
  });
  const calm = deeds.then(async () => {
    stage.cloud.clearFaults();
    await keepMoving(stage, () => state.isOver);
  });
  const all = await Promise.all(ends);
  state.isOver = true;
  await calm;
  const decisions = await Promise.all(keepers);
  return {
    stage,
    ended: all.filter((each) => typeof each !== 'string'),
    lost: all.filter((each) => typeof each === 'string'),
    doneEvents: await deeds,
    decisions: decisions.reduce((sum, each) => sum + each, 0),
  };
}

async function start({ workers: { client, taskQueue } }: Stage, rebuild: Rebuild): Promise<void> {
  await delay(rebuild.member.startsAfterMs);
  const handle = await startRebuild(client, taskQueue, rebuild.request);
  const { workflowId, runId } = await handle.describe();
  rebuild.handle = client.workflow.getHandle(workflowId, runId);
}

const TICK_MS = 20;

/** Does each deed once its moment has come, up to the calm. @returns those that were done */
async function doDeeds(stage: Stage, { events }: Walk, isCalm: () => boolean): Promise<Event[]> {
  let waiting = [...events];
  const doing: Promise<Event[]>[] = [];
  while (!isCalm()) {
    const changes = changesByVm(stage.cloud);
    const isDue = ({ member, afterChanges }: Event) => {
      const instanceId = stage.rebuilds[member]?.instanceId ?? '';
      return (changes.get(instanceId) ?? 0) >= afterChanges;
    };
    for (const event of waiting.filter(isDue)) doing.push(doOne(stage, event, isCalm));
    waiting = waiting.filter((event) => !isDue(event));
    await delay(TICK_MS);
  }
  return (await Promise.all(doing)).flat();
}

async function doOne(stage: Stage, event: Event, isCalm: () => boolean): Promise<Event[]> {
  await delay(event.delayMs);
  const rebuild = stage.rebuilds[event.member];
  if (rebuild === undefined || isCalm()) return [];
  return (await perform(stage, rebuild, event.deed)) ? [event] : [];
}

function changesByVm({ journal }: Simulator): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { instanceId } of journal.changes())
    if (instanceId !== null) counts.set(instanceId, (counts.get(instanceId) ?? 0) + 1);
  return counts;
}

/** Carries on what a fault has made stuck. */
async function keepMoving({ cloud, rebuilds }: Stage, isOver: () => boolean): Promise<void> {
  const stuckSince = new Map<string, number>();
  while (!isOver()) {
    for (const { instanceId, meddled } of rebuilds) {
      const task = seenOf(cloud, instanceId) === null ? null : cloud.vm(instanceId).task;
      if (task === null) stuckSince.delete(instanceId);
      else if (!stuckSince.has(instanceId)) stuckSince.set(instanceId, Date.now());
      if (Date.now() - (stuckSince.get(instanceId) ?? Date.now()) < STUCK_AFTER_MS) continue;
      cloud.act.release(instanceId);
      stuckSince.delete(instanceId);
      meddled.push({ how: 'release', at: Date.now() });
    }
    await delay(TICK_MS * 5);
  }
}

/** No transition takes so long by itself. */
const STUCK_AFTER_MS = 3_000;

/** The VM as it is now. */
export function seenOf(cloud: Simulator, instanceId: string): Seen {
  try {
    const { status, imageId } = cloud.vm(instanceId);
    return { status, imageId };
  } catch {
    return null;
  }
}

/** @returns how it ended, or why it is lost */
async function untilEnded({ cloud }: Stage, rebuild: Rebuild | undefined, until: number): Promise<Ended | string> {
  if (rebuild?.handle == null) throw new Error('The rebuild was not started.');
  const giveUp = new AbortController();
  const late = delay(until - Date.now(), 'late' as const, { signal: giveUp.signal }).catch(() => 'late' as const);
  try {
    const end = await Promise.race([endOf(cloud, rebuild), late]);
    if (end === 'late') return `${rebuild.instanceId}: it did not end: ${await whereItIs(rebuild.handle)}`;
    return end;
  } finally {
    giveUp.abort();
  }
}

/** The end of its last run: a reset ends one and begins another. */
async function endOf(cloud: Simulator, rebuild: Rebuild): Promise<Ended | string> {
  for (;;) {
    const { handle, instanceId } = rebuild;
    if (handle === null) throw new Error('The rebuild was not started.');
    const result = await outcomeOf(handle).catch((error: unknown) => String(error));
    const atEnd = seenOf(cloud, instanceId);
    await rebuild.resetting;
    if (rebuild.handle !== handle) continue;
    rebuild.hasEnded = true;
    if (typeof result === 'string') return `${instanceId}: its result cannot be read: ${result}`;
    return { rebuild, result, atEnd, taskFailures: await taskFailures(handle) };
  }
}

/** What a rebuild that does not end is at. */
async function whereItIs(handle: WorkflowHandle): Promise<string> {
  const { status, historyLength, raw } = await handle.describe();
  const activities = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, state, lastFailure }) =>
      `${activityType?.name}, attempt ${attempt}, state ${state}, ${lastFailure?.message ?? 'no failure yet'}`,
  );
  const task = raw.pendingWorkflowTask;
  const tasks = task == null ? [] : [`workflow task, attempt ${task.attempt}, state ${task.state}`];
  return [status.name, `${historyLength} events`, ...activities, ...tasks, ...(await taskFailures(handle))].join('; ');
}
