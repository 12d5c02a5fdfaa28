import type { Outcome } from '../fault-rule.js';
import { type LiveRegion, type LiveVm, stateOf } from './live-region.js';

/** A change of a VM that takes time. */
export interface Transition {
  /** Operation, for `Conflict with underlay task`. */
  readonly name: string;
  /** Who began it: the operation, or `console`. */
  readonly by: string;
  /** Status on the way; null when the status does not change. */
  readonly passing: string | null;
  /** Image that is read or made meanwhile. */
  readonly imageId?: string;
  /** How long the old status is still reported after acceptance. */
  readonly visibleAfterMs?: number;
  readonly durationMs: number;
  /** Whether it never ends by itself. */
  readonly stuck: boolean;
  /** Runs when the time is over, before the task is taken off. Returns the status to end in; null leaves it. */
  readonly end: () => string | null;
}

/** Begins a transition: the VM holds a task until its end. */
export function begin(region: LiveRegion, vm: LiveVm, transition: Transition): void {
  const { clock } = region.world;
  const { passing, visibleAfterMs = 0, durationMs } = transition;
  const finish = (): void => {
    vm.task?.cancel();
    if (passing !== null) region.setStatus(vm, passing, transition.by);
    vm.task = null;
    const before = stateOf(vm);
    const last = transition.end();
    if (last === null) return;
    region.setStatus(vm, last, transition.by);
    vm.before = before;
  };
  const pass = (): void => {
    if (passing !== null) region.setStatus(vm, passing, transition.by);
    if (vm.task !== null) vm.task.cancel = transition.stuck ? () => {} : clock.after(durationMs, finish);
  };
  vm.task = { name: transition.name, by: transition.by, imageId: transition.imageId ?? null, cancel: () => {}, finish };
  if (visibleAfterMs > 0) vm.task.cancel = clock.after(visibleAfterMs, pass);
  else pass();
}

/** Breaks off what is under way on the VM; its end never comes. */
export function breakOff(vm: LiveVm): void {
  vm.task?.cancel();
  vm.task = null;
}

/** Where a VM ends whose call was given a bad outcome; undefined when the outcome is none of these. */
export function endByFault(
  region: LiveRegion,
  vm: LiveVm,
  outcome: Outcome | null,
  by: string,
): string | null | undefined {
  if (outcome === 'error') return 'error';
  if (outcome !== 'disappears') return undefined;
  region.dropVm(vm, by);
  return null;
}
