import { type FailureType, MAY_PASS } from '../../contracts/failures.js';
import { isSameDisk, type RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { RerunVerdict } from '../../contracts/rerun-verdict.js';

/** What ends a rebuild before its call. */
export interface BeforeUndo {
  readonly type: FailureType;
  /** A call that changes the VM may be out, or may have been. */
  readonly isTouched: boolean;
}

/** Whether someone else acts on the VM: to give it its old power state would be to fight over it. */
export function isAnothers({ type }: Pick<BeforeUndo, 'type'>): boolean {
  return type === 'ConcurrentChange';
}

/**
 * Whether nothing was done that would have to be undone. An account is refused before anything is performed; of any other
 * refusal the VM itself has to say so.
 */
export function isNothingDone({ type, isTouched }: BeforeUndo): boolean {
  return !isTouched && MAY_PASS.includes(type);
}

/**
 * Whether a run that was reset to go on finds its own marker when it plans: its first look has shown what was before, and
 * the erase is its own. It is not sent again, whatever else is seen: the marker may itself be of before somebody's rebuild.
 */
export function isErasedByItself(
  rerun: Pick<RerunVerdict, 'state' | 'plan'> | null,
  { lastOperation }: Pick<RebuildPlan, 'lastOperation'>,
  marker: string,
): boolean {
  return rerun?.state === 'continue' && rerun.plan !== null && lastOperation === marker;
}

/**
 * Whether a run that was reset to go on, since the disk was as its earlier run had found it, plans for another disk: somebody
 * has rebuilt the VM between the two looks, or the first one has shown what was before. Its own marker says that it was itself.
 */
export function isRebuiltSince(
  rerun: Pick<RerunVerdict, 'state' | 'plan'> | null,
  now: Pick<RebuildPlan, 'imageBefore' | 'systemDisk' | 'lastOperation'>,
  marker: string,
): boolean {
  if (rerun?.state !== 'continue' || rerun.plan === null || now.lastOperation === marker) return false;
  const imageId = now.imageBefore?.imageId ?? null;
  return !isSameDisk(rerun.plan, { imageId, systemDiskId: now.systemDisk?.diskId ?? null });
}
