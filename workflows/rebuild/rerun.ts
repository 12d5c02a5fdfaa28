import { ApplicationFailure, CancellationScope, patched, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { FailureType } from '../../contracts/failures.js';
import { vmOf } from '../../contracts/ids.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import type { RerunVerdict } from '../../contracts/rerun-verdict.js';
import { isRerun } from '../runtime/own-id.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { RebuildState } from './rebuild-state.js';
import type { Run } from './run.js';

/** What the rebuild writes on the VM. The caller's request id, so that one request never erases twice, in whatever run. */
export function markerOf({ record }: Pick<Run, 'record'>): string {
  return record.asked.requestId ?? workflowInfo().firstExecutionRunId;
}

/**
 * To be called before each step. The first time that a run which was reset comes past the point that it was reset to, it
 * finds out what its earlier runs have left, and what it may do; after that it knows.
 * @param options.isEnd - there is no step to follow
 * @returns null in a run that was not reset, and up to that point in one that was
 * @throws ApplicationFailure ValidationFailed, or ConcurrentChange once the VM may have been touched, where another
 * operation has the VM · what kept it from being found out
 */
export async function lookBack(run: Run, { isEnd = false } = {}): Promise<RerunVerdict | null> {
  const { record } = run;
  if (isPastReset(record)) {
    const verdict = await CancellationScope.nonCancellable(() => judge(run));
    record.lookedBack(verdict);
    // Nobody looks at the VM after this: what is replayed tells how it was.
    if (isEnd || isRefused(run)) record.sees(verdict.observed);
  }
  if (record.rerun !== null && isRefused(run)) throw refusedBy(record.rerun, record.phase);
  return record.rerun;
}

/** Whether it was found out that another operation has the VM: nothing more is done to it. */
export function isRefused({ record }: Run): boolean {
  return record.rerun?.state === 'refused';
}

/** {@link lookBack} for a run that is about to end: it may have been reset to that very point, or nobody could tell before. */
export async function lookBackAtEnd(run: Run): Promise<RerunVerdict | null> {
  try {
    return await lookBack(run, { isEnd: true });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return run.record.rerun;
  }
}

/**
 * What a run before has done is replayed as it was, its own looks included: only a marker in the history tells where this
 * one has looked, since by the run id the whole of it is its own. The server's tools for replay give another run id.
 */
function isPastReset({ rerun, looks }: RebuildState): boolean {
  const { runId, unsafe } = workflowInfo();
  const mayBe = isRerun() || unsafe.isReplaying;
  return mayBe && rerun?.runId !== runId && patched(`looks-back-${looks + 1}`);
}

async function judge(run: Run): Promise<RerunVerdict> {
  const { record } = run;
  const { asked } = record;
  const isRolledBack = record.wayBack.rollbacks.length > 0;
  const operation = { marker: markerOf(run), imageId: asked.imageId ?? null, isRolledBack };
  return await activitiesUnder('probe', LOOK_WITHIN_MS).judgeRerun({ vm: vmOf(asked), ...operation });
}

/** Longest that a run which was reset asks Temporal and JD Cloud what it finds. */
const LOOK_WITHIN_MS = 10 * 60_000;

function refusedBy({ reason }: RerunVerdict, phase: Phase): ApplicationFailure {
  return refusal(phase === 'validating' ? 'ValidationFailed' : 'ConcurrentChange', reason ?? '');
}

/** The disk is another one when a run that may go on plans for it. */
export function rebuiltSinceLookBack(): ApplicationFailure {
  return refusal('ValidationFailed', 'The VM was rebuilt since, by another operation or by hand: it has another disk.');
}

function refusal(type: FailureType, why: string): ApplicationFailure {
  const message = `This run was reset. ${why} It is not erased again.`;
  const issues = [{ code: 'rebuilt-since', field: null, message }];
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [{ issues }] });
}
