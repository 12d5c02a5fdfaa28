import { ActivityFailure } from '@temporalio/workflow';
import { type Blocker, unobservableBlocker } from './blockers.js';
import { changeOr, type Fleet } from './fleet-context.js';

/**
 * Rebuilds the VMs of the wave, and those of earlier waves that were put back in the queue, as fast as the limits let
 * it. Returns when none of them waits and none is under way; where the fleet is to end, when none is under way.
 */
export async function rebuildWave(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  for (;;) {
    settleBudget(fleet);
    const again = await startWhoMay(fleet);
    if (record.isWaveOver) return;
    await changeOr(fleet, again);
  }
}

/** Starts whoever may be started. @returns when to look again of itself; null: a change will tell */
async function startWhoMay(fleet: Fleet): Promise<number | null> {
  const { record, children } = fleet;
  const blocker = record.hasWork ? await whyBlocked(fleet) : null;
  record.setBlocker(blocker);
  if (blocker !== null) return blocker.until?.at ?? null;
  if (!record.hasWork) return null;
  const { start, block } = record.admit();
  if (children.start(start) < start.length) return Date.now();
  // A machine that is down for another reason comes up without a word.
  if (block === null || record.members.counts.down === 0) return null;
  const blocked = recheckBlocker(fleet, block);
  record.setBlocker(blocked);
  return blocked.until.at;
}

function recheckBlocker({ record, observations }: Fleet, why: string): Required<Blocker> {
  const at = observations.rechecks.blocked(record.version, why, Date.now());
  return { why, until: { what: 'machines that are down are looked at again', at } };
}

/** Why nobody at all may be started; null once everything that it depends on was looked at, and lets it. */
async function whyBlocked(fleet: Fleet): Promise<Blocker | null> {
  const { record, observations } = fleet;
  try {
    await observations.readWindows();
    if (observations.isStale && record.computeBlocker() === null && whyClosed(fleet) === null) {
      const blocked = await whyBlockedStill(fleet);
      if (blocked !== null) return blocked;
      record.setBlocker({ why: 'looks which VMs are down' });
      await observations.observe();
    }
    if (record.freeze !== null) observations.awaitUnfreeze();
    // The record last: VMs may have failed, and operators acted, while we looked.
    settleBudget(fleet);
    return record.computeBlocker() ?? whyClosed(fleet) ?? observations.blindness;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return unobservableBlocker(error);
  }
}

/** Why a fleet that was blocked is so still, by a recheck of the machines that are down; null where all have to be looked at. */
async function whyBlockedStill(fleet: Fleet): Promise<Blocker | null> {
  const { record, observations } = fleet;
  if (observations.rechecks.whySince(record.version) === null) return null;
  await observations.recheck();
  const why = observations.rechecks.whySince(record.version);
  return why === null ? null : recheckBlocker(fleet, why);
}

function whyClosed({ observations }: Fleet): Blocker | null {
  return observations.windows?.blocker() ?? null;
}

/**
 * Does what the policy says once more VMs have failed than the budget bears. A person's pause keeps a fleet from being
 * paused once more, and from nothing else.
 */
export function settleBudget({ record, input: { rollout } }: Pick<Fleet, 'record' | 'input'>): void {
  const why = record.exhausted();
  if (why === null || record.ending !== null) return;
  const pause = `failure budget exhausted (${why}): \`reimage fleet resume\` bears them and goes on`;
  if (rollout.onBudgetExhausted === 'pause' && record.pause !== null) {
    // With more failures it is another pause: a resume that was meant for fewer does not bear them.
    if (record.pause.isForBudget && record.pause.why !== pause) record.pauseFor({ why: pause, isForBudget: true });
    return;
  }
  record.recordAct('budget-exhausted', null, why);
  if (rollout.onBudgetExhausted === 'pause') return record.pauseFor({ why: pause, isForBudget: true });
  const isRolledBack = rollout.onBudgetExhausted === 'rollback';
  record.end({ type: 'FleetFailed', message: `The failure budget is exhausted: ${why}.`, now: false, isRolledBack });
}
