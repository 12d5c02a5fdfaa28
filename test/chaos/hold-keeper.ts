import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Decision, Held } from '../../contracts/decision.js';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { startRebuild } from '../fixtures/worker.js';
import type { Rebuild, Stage } from './stage.js';

const LOOK_EVERY_MS = 250;
/** So long before its deadline a hold is not over. */
const LOCK_SURELY_HELD_MS = 1_000;

/** Watches a rebuild that may be held: tries its lock at each hold, and then decides as the walk has it. @returns how many decisions were taken */
export async function keepHold(stage: Stage, rebuild: Rebuild, hasEnded: () => boolean): Promise<number> {
  const decisions = [...rebuild.member.decisions];
  let since: string | null = null;
  let taken = 0;
  while (!hasEnded()) {
    await delay(LOOK_EVERY_MS);
    const held = await heldOf(rebuild);
    if (held === null || held.since === since) continue;
    since = held.since;
    await tryLock(stage, rebuild, held);
    const decision = decisions.length === 0 ? 'give-up' : decisions.shift();
    if (decision != null && (await decide(rebuild, decision))) taken += 1;
  }
  return taken;
}

/** What it is held for; null when it is not, or when no worker answers. */
async function heldOf({ handle }: Rebuild): Promise<Held | null> {
  if (handle === null) return null;
  try {
    return RebuildProgress.parse(await handle.query(PROGRESS_QUERY)).held ?? null;
  } catch {
    return null;
  }
}

/** While a rebuild says that it is held, nobody else may begin one of the same VM. */
async function tryLock({ workers }: Stage, rebuild: Rebuild, held: Held): Promise<void> {
  if (Date.parse(held.deadlineAt) - Date.now() < LOCK_SURELY_HELD_MS) return;
  try {
    const second = await startRebuild(workers.client, workers.taskQueue, rebuild.request);
    await second.terminate('the lock of a held rebuild was tried');
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    throw error;
  }
  // It may have been cancelled right before; then it no longer says that it is held.
  rebuild.isSpoiled = true;
  const now = await heldOf(rebuild);
  if (now?.since === held.since) rebuild.violations.push('the lock was free while it was held: a second one began');
}

async function decide({ handle }: Rebuild, decision: Decision['decision']): Promise<boolean> {
  try {
    await handle?.executeUpdate(DECIDE_UPDATE, { args: [{ decision, reason: 'drawn', by: 'walk' }] });
    return true;
  } catch {
    return false; // not a choice here, or the hold is over
  }
}
