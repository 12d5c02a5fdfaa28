import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  TemporalFailure,
} from '@temporalio/workflow';
import type { RebuildTarget } from '../../activities/decisions/landing.js';
import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { isAnothers, isNothingDone } from '../decisions/power-back.js';
import { factsOf, type FailureFacts } from '../runtime/failures.js';
import { backUp, findEarlierBackup } from './backup.js';
import { checkHealthAfter } from './health-checks.js';
import { isRefused, lookBack, lookBackAtEnd, markerOf } from './rerun.js';
import type { Run } from './run.js';
import {
  ALREADY_REBUILT,
  powerAsAsked,
  restorePower,
  sendRebuild,
  sinceReset,
  stop,
  targetOf,
  verify,
  waitUntilBack,
} from './steps.js';

/** A VM whose rebuild call is out, as far as anybody can tell. */
export interface Rebuilt {
  readonly plan: RebuildPlan;
  readonly target: RebuildTarget;
  /** It was seen `rebuilding`. */
  readonly sawRebuilding: boolean;
  /** Why nobody can tell whether the call landed; null when it did. */
  readonly doubt: TemporalFailure | null;
}

/**
 * Up to the rebuild call, whatever goes wrong is undone.
 * @throws what kept the call from being made, once the old power state is back
 */
export async function stopAndRebuild(run: Run, plan: RebuildPlan, target: RebuildTarget): Promise<Rebuilt> {
  try {
    if (await isErased(run, target)) return await takeOver(run, plan);
    await stop(run, plan);
    if (await isErased(run, target)) return await takeOver(run, plan);
    await backUp(run, sinceReset(run, target));
    if (await isErased(run, target)) return await takeOver(run, plan);
    const { sawRebuilding } = await sendRebuild(run, sinceReset(run, target));
    return { plan, target, sawRebuilding, doubt: null };
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const why = factsOf(error, run.record.phase);
    if (why.type === 'RebuildOutcomeUnknown') return { plan, target, sawRebuilding: false, doubt: error };
    run.record.noteError(why);
    await CancellationScope.nonCancellable(() => undo(run, plan, why));
    if (isCancellation(error)) throw error;
    throw why.type === 'Cancelled' ? new CancelledFailure(why.message) : givenUp(why);
  }
}

/**
 * Whether an earlier run has done already what is to be done: the VM is neither stopped nor erased for it again. A rollback
 * has a marker of its own.
 */
async function isErased(run: Run, { marker }: RebuildTarget): Promise<boolean> {
  const rerun = await lookBack(run);
  return rerun?.state === 'rebuilt' && marker === markerOf(run);
}

/** What an earlier run has erased, as far as anybody can tell. Nothing is sent for it once more. */
export async function takeOver(run: Run, plan: RebuildPlan): Promise<Rebuilt> {
  const { record, request } = run;
  record.warn(ALREADY_REBUILT);
  record.enter('rebuilding', request.deadlines.rebuildingSeconds);
  await findEarlierBackup(run);
  return { plan, target: targetOf(run, plan), sawRebuilding: false, doubt: null };
}

/** After the rebuild call there is no way but forward: waits, gives the VM its power state, and holds it against what was promised. */
export async function comeBack(run: Run, { plan, target, sawRebuilding }: Rebuilt, options = {}): Promise<void> {
  const { wayBack } = run.record;
  await lookBack(run);
  // A look of before its end tells nothing of what a rebuild leaves.
  run.record.asksFor('power and image');
  await waitUntilBack(run, target, { sawRebuilding, wasBack: wayBack.isBack });
  wayBack.cameBack();
  await lookBack(run);
  await powerAsAsked(run, plan);
  await lookBack(run);
  await verify(run, plan, target);
  await checkHealthAfter(run, plan.power.after, options);
}

/** Restores the power state; when that fails too, one failure tells both stories. */
async function undo(run: Run, plan: RebuildPlan, why: FailureFacts): Promise<void> {
  if (isAnothers(why)) return;
  await lookBackAtEnd(run);
  if (isRefused(run)) return;
  if (isNothingDone({ ...why, isTouched: run.record.isTouched })) return;
  try {
    await restorePower(run, plan);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { type, message, details } = factsOf(error, run.record.phase);
    run.record.noteError({ message, details });
    throw givenUp({
      type,
      message: `${message} This was to give the VM its old power state back, after: ${why.message}`,
      details,
    });
  }
}

/** A failure with what is known of its step, but not what the VM was then: it has been seen since. */
function givenUp({ type, message, details }: FailureFacts): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [{ ...details, observed: null }] });
}
