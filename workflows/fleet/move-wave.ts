import { bake } from './bake.js';
import { settleBudget } from './budget.js';
import { changeOr, type Fleet } from './fleet.js';
import { rebuildWave } from './rebuild-wave.js';

/** Rebuilds and judges a wave, and again what was put back in the queue meanwhile. */
export async function moveWave(fleet: Fleet): Promise<void> {
  do {
    await rebuildWave(fleet);
    await bake(fleet);
    await resumed(fleet);
  } while (fleet.record.hasWork);
}

/** A paused fleet goes nowhere, not even to its end: an operator may still want VMs tried again. */
export async function resumed(fleet: Fleet): Promise<void> {
  while (fleet.record.pause !== null && !fleet.record.isEnding) {
    // A held VM may fail meanwhile.
    if (fleet.record.pause.isForBudget) settleBudget(fleet);
    await changeOr(fleet, null);
  }
}
