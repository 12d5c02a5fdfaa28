import type { Fleet } from './fleet-context.js';

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
