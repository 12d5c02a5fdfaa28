import type { Fleet } from './fleet.js';
import { rebuildWave } from './rebuild-wave.js';

/**
 * Puts back what the fleet has moved, where the policy says so once the budget is exhausted: under the same limits of
 * unavailable VMs and in the same windows, without a budget of its own.
 */
export async function rollBackFleet(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  if (record.ending?.isRolledBack !== true) return;
  record.turnBack();
  record.enter(input.waves.length - 1);
  await rebuildWave(fleet);
}
