import type { WAYS_BACK } from '../contracts/decision.js';
import type { Phase } from '../contracts/phases.js';
import type { RebuildResult } from '../contracts/rebuild-result.js';
import type { Operation } from './operation.js';
import { failureOf, ReimageInvalidInputError, toReimageError, type ReimageError } from './reimage-errors.js';
import type { RollbackOptions } from './rollback-options.js';

/** What a VM is put back onto. */
export interface WayBack {
  readonly imageId: string;
  /** `named`: the caller chose the image. */
  readonly from: (typeof WAYS_BACK)[number] | 'named';
  /** Whether all that was on the system disk is lost. With a backup it is what was written since that is. */
  readonly dataLost: boolean;
}

/** An operation that has ended. */
export type Ended = Operation & { readonly result: RebuildResult };

/** Phases that a rebuild enters only once the rebuild call has landed. */
const AFTER_THE_ERASE: readonly Phase[] = ['starting', 'verifying', 'held', 'rolling-back', 'done'];

/**
 * The image that the last rebuild of a VM is undone with.
 * @throws ReimageNotFoundError `OperationNotFound` when there is nothing to undo, or nothing to undo it with
 */
export function wayBackOf(last: Ended, { to, imageId }: Pick<RollbackOptions, 'to' | 'imageId'>): WayBack {
  const { result } = last;
  const backup = result.backup?.imageId ?? last.backupImageId;
  if (imageId !== undefined) {
    return imageId === backup ? fromBackup(backup) : { imageId, from: 'named', dataLost: true };
  }
  const why = whyNothingToUndo(last);
  if (why !== null) throw nothing(last, why);
  if (backup !== null && to !== 'former-image') return fromBackup(backup);
  if (to === 'backup') throw nothing(last, 'the last rebuild made no backup');
  const former = result.imageBefore;
  if (former === null) throw nothing(last, 'nothing tells which image it had before');
  if (former !== last.imageId) return { imageId: former, from: 'former-image', dataLost: true };
  throw nothing(last, `it has no backup, and to erase it once more for ${former}, which is on it, would mend nothing`);
}

/**
 * The images that the VM may have for this rollback to erase it: those that the last rebuild has put on, and, where it may
 * have erased nothing, the one before. Any other was put on by somebody else, and is theirs unless the caller names it.
 * @throws ReimageInvalidInputError when nothing tells which they are, and none is named
 */
export function imagesToLeave(
  { imageId, result }: Ended,
  { fromImageId }: Pick<RollbackOptions, 'fromImageId'>,
): [string, ...string[]] {
  if (fromImageId !== undefined) return [fromImageId];
  const { imageBefore, imageAfter, rollbacks = [] } = result;
  const mayBeUntouched = imageAfter === null || imageAfter === imageBefore || isOutcomeUnknown(result);
  const known = [imageId, ...rollbacks.map((each) => each.imageId), mayBeUntouched ? imageBefore : null];
  const [first, ...others] = new Set(known.filter((id) => id !== null));
  if (first !== undefined) return [first, ...others];
  const message =
    'Invalid input: fromImageId: nothing tells which image the last rebuild put on; name the one that the VM has now';
  throw new ReimageInvalidInputError(message, 'fromImageId');
}

function whyNothingToUndo({ result, rollbackOf, imageId }: Ended): string | null {
  if (rollbackOf !== null) return `the last rebuild was a rollback itself, onto ${imageId ?? 'an unknown image'}`;
  if (result.rollbacks?.at(-1)?.outcome === 'done') return 'the last rebuild has put it back already';
  return isUntouched(result) ? 'the last rebuild ended before its rebuild call, so that nothing was erased' : null;
}

/** Whether nobody knows if the rebuild call landed: the disk may be the old one, and whole. */
export function isOutcomeUnknown({ failure, failures = [] }: RebuildResult): boolean {
  return [failure, ...failures].some((each) => each?.type === 'RebuildOutcomeUnknown');
}

/** Whether the result shows that the system disk is the old one. A run that ended without a word shows nothing. */
function isUntouched(result: RebuildResult): boolean {
  const { outcome, imageBefore, imageAfter, power, apiCalls, timeline } = result;
  if (outcome === 'done' || imageBefore === null || imageBefore !== imageAfter || isOutcomeUnknown(result))
    return false;
  const wasErased =
    power.after === 'rebuilding' ||
    apiCalls.some(({ operation }) => operation === 'rebuildInstance') ||
    timeline.some(({ phase }) => AFTER_THE_ERASE.includes(phase));
  return !wasErased;
}

function fromBackup(imageId: string): WayBack {
  return { imageId, from: 'backup', dataLost: false };
}

function nothing({ instanceId }: Operation, why: string): ReimageError {
  return toReimageError(
    failureOf(
      'OperationNotFound',
      `Nothing to roll back on ${instanceId}: ${why}.`,
      'Nothing. To put an image on all the same, name it (imageId, or --image).',
    ),
  );
}
