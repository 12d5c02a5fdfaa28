import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import type { RebuildReport } from '../activities/rebuild-activities.js';
import type { RebuildTarget } from '../activities/rebuild-evidence.js';
import { PROGRESS_QUERY } from '../contracts/names.js';
import type { RebuildPlan } from '../contracts/rebuild-plan.js';
import type { RebuildProgress } from '../contracts/rebuild-progress.js';
import type { RebuildResult } from '../contracts/rebuild-result.js';
import { type FailureFacts, factsOf, toApplicationFailure, toFailure } from './failure-of.js';
import { parseRebuildRequest } from './parse-request.js';
import {
  powerAsAsked,
  restorePower,
  type Run,
  sendRebuild,
  stop,
  targetOf,
  validate,
  verify,
  waitUntilBack,
} from './rebuild-steps.js';
import { RunRecord } from './run-record.js';

const progressQuery = defineQuery<RebuildProgress>(PROGRESS_QUERY);

/**
 * Puts a fresh system disk on one VM. Nothing is stopped before everything fits; nothing is erased twice; whatever
 * goes wrong before the rebuild call, the old power state comes back; after it, the VM is driven to a known state.
 * @param input - a RebuildRequest
 * @returns the result when it is done
 * @throws ApplicationFailure of a type of contracts/failures.ts with the RebuildResult as its detail. A cancelled run
 * keeps its result in the memo.
 */
export async function rebuildInstance(input: unknown): Promise<RebuildResult> {
  const request = parseRebuildRequest(input);
  const run: Run = { request, record: new RunRecord(request) };
  setHandler(progressQuery, () => run.record.progress(), { description: 'Where the rebuild is' });
  try {
    const plan = await validate(run);
    const target = targetOf(run, plan);
    const sent = await stopAndRebuild(run, plan, target);
    return await CancellationScope.nonCancellable(() => bringBack(run, plan, target, sent));
  } catch (error) {
    throw concluded(run, error);
  }
}

/** Up to the rebuild call, whatever goes wrong is undone. */
async function stopAndRebuild(run: Run, plan: RebuildPlan, target: RebuildTarget): Promise<RebuildReport> {
  try {
    await stop(run, plan);
    return await sendRebuild(run, target);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const why = factsOf(error, run.record.phase);
    if (why.type === 'RebuildOutcomeUnknown') throw error;
    run.record.noteError(why);
    await CancellationScope.nonCancellable(() => undo(run, plan, why));
    throw isCancellation(error) ? error : givenUp(why);
  }
}

/** After the rebuild call there is no way but forward; a cancellation comes too late. */
async function bringBack(
  run: Run,
  plan: RebuildPlan,
  target: RebuildTarget,
  sent: RebuildReport,
): Promise<RebuildResult> {
  await waitUntilBack(run, target, sent);
  await powerAsAsked(run, plan, target);
  await verify(run, plan, target);
  if (run.record.isCancelRequested)
    run.record.warn({
      code: 'cancel-too-late',
      message: 'The cancellation came after the rebuild call: the rebuild was carried through.',
    });
  return run.record.conclude('done');
}

/** Restores the power state; when that fails too, one failure tells both stories. */
async function undo(run: Run, plan: RebuildPlan, why: FailureFacts): Promise<void> {
  // Someone else acts on the VM: to start it now would be to fight over it.
  if (why.type === 'ChangedUnderneath') return;
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

/** The error that ends the execution, with the result in it. A bug of ours is no outcome: it fails the task, to be mended. */
function concluded({ record }: Run, error: unknown): unknown {
  if (!(error instanceof TemporalFailure)) return error;
  const facts = factsOf(error, record.phase);
  record.noteError(facts);
  const failure = toFailure(facts, record.observed);
  const result = record.conclude(isCancellation(error) ? 'cancelled' : 'failed', failure);
  if (isCancellation(error)) return error;
  return toApplicationFailure(failure, result);
}
