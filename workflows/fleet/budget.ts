import type { Fleet } from './fleet.js';

/** Does what the policy says once more VMs have failed than the budget bears. */
export function settleBudget({ record, input: { rollout } }: Pick<Fleet, 'record' | 'input'>): void {
  const why = record.exhausted();
  if (why === null || record.pause !== null || record.ending !== null) return;
  record.act('budget-exhausted', null, why);
  if (rollout.onBudgetExhausted === 'pause')
    return record.pauseFor(`failure budget exhausted (${why}): \`reimage fleet resume\` bears them and goes on`);
  const isRolledBack = rollout.onBudgetExhausted === 'rollback';
  record.end({ type: 'FleetFailed', message: `The failure budget is exhausted: ${why}.`, now: false, isRolledBack });
}
