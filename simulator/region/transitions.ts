import type { Outcome } from '../model/fault-rule.js';
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
  /** Whether it ends where it began: then it goes on until a read has shown the status on the way. */
  readonly comesToNothing?: boolean;
  /** Runs when the time is over, before the task is taken off. Returns the status to end in; null leaves it. */
  readonly end: () => string | null;
}

/**
 * How long a transition that comes to nothing waits for someone to read its status. On compressed time, or on a busy
 * machine, it would pass between two polls, as if the call had never been made.
 */
const SEEN_WITHIN_MS = 10_000;

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
    if (last !== null) region.setStatus(vm, last, transition.by, before);
  };
  const finishOnceSeen = (): void => {
    if (vm.task === null) return;
    if (vm.task.isSeen || transition.comesToNothing !== true) return finish();
    vm.task.onSeen = () => clock.after(0, finish);
    vm.task.cancel = clock.after(SEEN_WITHIN_MS, finish);
  };
  const pass = (): void => {
    if (passing !== null) region.setStatus(vm, passing, transition.by);
    if (vm.task !== null) vm.task.cancel = transition.stuck ? () => {} : clock.after(durationMs, finishOnceSeen);
  };
  vm.task = {
    name: transition.name,
    by: transition.by,
    imageId: transition.imageId ?? null,
    passing,
    isSeen: false,
    onSeen: () => {},
    cancel: () => {},
    finish,
  };
  if (visibleAfterMs > 0) vm.task.cancel = clock.after(visibleAfterMs, pass);
  else pass();
}

/** Notes that a read has shown the VM as it is. */
export function noteRead({ task, status }: LiveVm): void {
  if (task === null || task.isSeen || status !== task.passing) return;
  task.isSeen = true;
  task.onSeen();
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
