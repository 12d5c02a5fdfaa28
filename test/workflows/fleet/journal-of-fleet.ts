import type { Simulator } from '../../../simulator/start-simulator.js';

/**
 * Most VMs of those that `counts` takes that were not running at one instant: from the simulator's journal of state
 * changes, so that nothing counts that we say of ourselves.
 * @param downBefore - VMs that were not running when the journal began
 */
export function mostDown(
  cloud: Simulator,
  counts: (instanceId: string) => boolean = () => true,
  downBefore: readonly string[] = [],
): number {
  const down = new Set(downBefore.filter(counts));
  let most = down.size;
  for (const { instanceId, to } of cloud.journal.changes()) {
    if (instanceId === null || !counts(instanceId)) continue;
    if (to === 'running') down.delete(instanceId);
    else down.add(instanceId);
    most = Math.max(most, down.size);
  }
  return most;
}

/** The VMs on which a call was made that changes them, in the order of the first such call. */
export function touched(cloud: Simulator): string[] {
  const changing = ['stopInstance', 'rebuildInstance', 'startInstance'];
  const ids = cloud.journal.calls({ performed: true }).filter(({ operation }) => changing.includes(operation));
  return [...new Set(ids.map(({ instanceId }) => instanceId).filter((id) => id !== null))];
}
