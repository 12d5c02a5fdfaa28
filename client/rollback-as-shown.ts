import type { Held } from '../contracts/decision.js';
import type { Operation } from './operation.js';
import type { NewRollback, RollbackPlan } from './plan-rollback.js';
import { failureOf, toReimageError } from './reimage-errors.js';

/** What somebody was shown, and agreed to, before a rollback. A {@link RollbackPlan} fits. */
export type ShownRollback =
  | {
      readonly kind: 'decide';
      readonly operation: Pick<Operation, 'runId' | 'backupImageId'>;
      readonly held: Pick<Held, 'since'>;
    }
  | (Pick<NewRollback, 'kind' | 'imageId' | 'from'> & {
      readonly operation: Pick<Operation, 'runId'>;
      /** The image that the VM had when it was shown, as a dry run of the plan's request tells: it must have it still. */
      readonly presentImageId?: string;
    });

/**
 * Refuses a way back that is another one than was shown: another run or hold, another image, a VM with an image that it
 * may not lose, or a new rebuild where a decision was shown.
 * @throws ReimageError `ChangedUnderneath`
 */
export function refuseUnlessShown(shown: ShownRollback, plan: RollbackPlan): void {
  const [then, now] = [describeWay(shown), describeWay(plan)];
  if (then !== now) throw changed(`The way back is no longer the one that was shown: then ${then}; now ${now}.`);
  if (shown.kind === 'decide' || plan.kind === 'decide' || shown.presentImageId === undefined) return;
  const mayLeave = plan.request.onlyFromImages ?? [shown.presentImageId];
  if (mayLeave.includes(shown.presentImageId)) return;
  throw changed(
    `The VM was shown with image ${shown.presentImageId}; this rollback erases ${mayLeave.join(' or ')} only.`,
  );
}

function changed(what: string): Error {
  const next = 'See with `reimage status` what came meanwhile, then ask again.';
  return toReimageError(failureOf('ChangedUnderneath', `${what} Nothing was touched.`, next));
}

/** All that makes one way back another one: two are the same when these texts are. */
function describeWay(way: ShownRollback): string {
  const { runId } = way.operation;
  if (way.kind === 'rebuild') return `a new rebuild after run ${runId}, onto ${way.imageId} (${way.from})`;
  const { operation, held } = way;
  return `a decision on run ${runId}, held since ${held.since}, onto ${operation.backupImageId ?? 'its former image'}`;
}
