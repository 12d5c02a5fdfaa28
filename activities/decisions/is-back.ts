import { canBeKnown, proofOfNewDisk, provesLanding, type RebuildTarget } from './landing.js';
import type { Observation } from './observation.js';
import { isAtRest } from './power-call.js';

/** What a wait for a rebuilt VM remembers from look to look. */
export interface BackMemory {
  /** It was seen `rebuilding`. */
  readonly sawPassing: boolean;
  /** Rebuilding was seen with the image of before. */
  readonly sawFormerImage: boolean;
  /** Rebuilding was seen with the system disk of before. */
  readonly sawFormerDisk: boolean;
}

/** Takes in what a look at a VM that is being rebuilt shows of it. */
export function afterRead<M extends BackMemory>({ before, imageId }: RebuildTarget, seen: Observation, memory: M): M {
  if (seen.status !== 'rebuilding') return memory;
  const hasOther = before.imageId !== null && before.imageId !== imageId;
  const isFormerImage = hasOther && seen.imageId === before.imageId;
  const isFormerDisk = before.systemDiskId !== null && seen.systemDiskId === before.systemDiskId;
  return {
    ...memory,
    sawPassing: true,
    sawFormerImage: memory.sawFormerImage || isFormerImage,
    sawFormerDisk: memory.sawFormerDisk || isFormerDisk,
  };
}

/** A look, with what was seen before it. */
export interface BackLook {
  readonly target: RebuildTarget;
  readonly seen: Observation;
  readonly memory: BackMemory;
  /** Milliseconds for which all looks have shown the VM at rest; null where this one does not. */
  readonly restsForMs: number | null;
  /** For so long a read may show what was before. */
  readonly settleMs: number;
  /** An earlier wait has seen the end. */
  readonly wasBack: boolean;
}

/**
 * Whether a look may be the end of a rebuild: at rest, and at rest after it. Reads may show what was before, once or for a
 * while, so one look at `stopped` proves nothing, be it after `rebuilding` was seen. It counts when
 *
 * - the VM was seen `rebuilding` with its former image or system disk, and shows the new one now: no state before the
 *   rebuild looks like that, whenever JD Cloud changes them. Where they had changed already when it was seen
 *   `rebuilding`, they tell nothing of the end; or
 * - the VM was at rest in every look for `settleMs`.
 */
export function isOver({ target, seen, memory, restsForMs, settleMs, wasBack }: BackLook): boolean {
  if (restsForMs === null) return false;
  return restsForMs >= settleMs || wasBack || showsEnd(target, seen, memory);
}

function showsEnd(target: RebuildTarget, seen: Observation, { sawFormerImage, sawFormerDisk }: BackMemory): boolean {
  const hasNewImage = sawFormerImage && seen.imageId === target.imageId;
  const hasNewDisk = sawFormerDisk && seen.systemDiskId !== null && seen.systemDiskId !== target.before.systemDiskId;
  return hasNewImage || hasNewDisk;
}

/**
 * Whether it was rebuilt at all, of a VM that {@link isOver} says is at rest and that was never seen `rebuilding`: `no-trace`
 * when nothing can show it, `untouched` when it runs and should by now have shown it, and `not-yet` else.
 */
export function wasRebuilt(
  target: RebuildTarget,
  seen: Observation,
  marker: string | null,
): 'yes' | 'not-yet' | 'no-trace' | 'untouched' {
  if (provesLanding(target, seen, marker)) return 'yes';
  if (!canBeKnown(target)) return 'no-trace';
  return seen.status === 'running' ? 'untouched' : 'not-yet';
}

/** Since when all looks have shown the VM at rest. @param before - since when up to this look; null where the last did not */
export function restsSince(before: number | null, seen: Observation, nowMs: number): number | null {
  return isAtRest(seen) ? (before ?? nowMs) : null;
}

/** A rebuilt VM, beside what was promised of it. */
export interface RebuiltVm {
  readonly target: RebuildTarget;
  readonly seen: Observation;
  /** The marker that it carries; null for none, or where it cannot be read. */
  readonly marker: string | null;
  /** When its system disk was made, as JD Cloud writes it; null where it does not say. */
  readonly diskCreatedAt: string | null;
  /** The power state that it was to be brought to. */
  readonly power: 'running' | 'stopped';
}

/**
 * Whether a VM is what a result may call done: it has the image asked for, a trace of the rebuild where one must be there,
 * something that shows that its disk was replaced, and the power state promised.
 */
export function isAsPromised({
  target,
  seen,
  marker,
  diskCreatedAt,
  power,
}: RebuiltVm): 'yes' | 'other-image' | 'no-trace' | 'same-disk' | 'other-power' {
  if (seen.imageId !== target.imageId) return 'other-image';
  if (canBeKnown(target) && !provesLanding(target, seen, marker)) return 'no-trace';
  if (proofOfNewDisk(target, seen, diskCreatedAt) === 'nothing') return 'same-disk';
  return seen.status === power ? 'yes' : 'other-power';
}

/**
 * What is made of a look at a VM that is not as promised: it is looked at again while something is under way on it, and
 * within the settle time, in which a read may show what was before. Of such a look nothing is claimed.
 * @param sinceMs - milliseconds since verifying was first scheduled, and with that since our own last change
 */
export function afterBrokenPromise(
  seen: Pick<Observation, 'status'>,
  sinceMs: number,
  settleMs: number,
): { readonly retryable: boolean; readonly isSettled?: false } {
  if (sinceMs < settleMs) return { retryable: true, isSettled: false };
  return { retryable: !isAtRest(seen) };
}
