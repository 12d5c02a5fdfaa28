import { moveDeferred } from './deferred.js';
import { findMoved } from './find-moved.js';
import { changeOr, type Fleet } from './fleet.js';
import { moveWave, resumed } from './move-wave.js';

/** All waves are through: what is left are VMs that were busy, and held ones. A fleet does not end before them. */
export async function finish(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  const isLeft = () => record.members.tally.inFlight > 0 || record.members.tally.of('deferred') > 0 || record.hasWork;
  while (isLeft()) {
    await moveDeferred(fleet);
    if (record.members.tally.inFlight > 0) await changeOr(fleet, null);
    await moveWave(fleet);
    if (record.isEnding && record.members.tally.inFlight === 0) return;
  }
}

/** The canary is there to be judged: with none of its VMs moved the fleet goes nowhere by itself. */
export async function judgeCanary(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  if (record.wave > 0 || input.waves[0]?.name !== 'canary') return;
  await moveDeferred(fleet);
  if (record.isEnding || record.waits.isCanaryJudged || record.members.inState(['done'], 0).length > 0) return;
  record.waits.isCanaryJudged = true;
  record.pauseFor({ why: 'no VM of the canary was moved: `reimage fleet resume` goes on without', isForBudget: false });
  await resumed(fleet);
}

/**
 * Puts back what the fleet has moved, where the policy says so once the budget is exhausted: under the same limits of
 * unavailable VMs and in the same windows, without a budget of its own.
 */
export async function putBack(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  if (record.goal === 'forward') {
    if (!isToPutBack(fleet)) return;
    await findMoved(fleet);
    if (!isToPutBack(fleet)) return;
    record.turnBack();
    record.enter(input.waves.length - 1);
  }
  await moveWave(fleet);
  await finish(fleet);
}

/** An abort may have come while the fleet looked. */
function isToPutBack({ record }: Fleet): boolean {
  return record.ending?.isRolledBack === true;
}
