import { ApplicationFailure, CancellationScope, patched, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { vmOf } from '../contracts/ids.js';
import { rollbackMarker } from '../contracts/names.js';
import type { Phase } from '../contracts/phases.js';
import type { RerunVerdict } from '../contracts/rerun-verdict.js';
import type { Run } from './rebuild-steps.js';
import { activitiesUnder } from './retry-policies.js';

/** What a workflow id is the lock of may be reset by anybody who may write to the namespace. */
export function isRerun(): boolean {
  const { runId, firstExecutionRunId } = workflowInfo();
  return runId !== firstExecutionRunId;
}

/** The marker of the operation that this run is a run of. The caller's request id, so that one request never erases twice, in whatever run. */
export function markerOf({ record }: Pick<Run, 'record'>): string {
  return record.asked.requestId ?? workflowInfo().firstExecutionRunId;
}

/**
 * To be called before each step. The first time that a run which was reset comes past the point that it was reset to, it
 * finds out what its earlier runs have left, and what it may do; after that it knows. What an earlier run has found out
 * that was reset itself, and that this one replays, holds no longer.
 * @param options.isEnd - there is no step to follow
 * @returns up to that point null, or what such an earlier run has found; null in a run that was not reset
 * @throws ApplicationFailure ChangedUnderneath where another operation has the VM · what kept it from being found out
 */
export async function lookBack(run: Run, { isEnd = false } = {}): Promise<RerunVerdict | null> {
  const { record } = run;
  if (!isRerun() || record.rerun?.runId === workflowInfo().runId) return record.rerun;
  // The history of the run before is replayed as it was: there was no such look in it.
  if (!patched(record.looksBack === 0 ? LOOK : `${LOOK}-${record.looksBack + 1}`)) return record.rerun;
  const verdict = await CancellationScope.nonCancellable(() => judge(run));
  record.lookedBack(verdict);
  // Nobody looks at the VM after this: what is replayed tells how it was.
  if (isEnd || verdict.state === 'refused') record.sees(verdict.seen);
  if (verdict.state === 'refused') throw refusedBy(verdict, record.phase);
  return verdict;
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

async function judge({ record }: Run): Promise<RerunVerdict> {
  const { asked } = record;
  const marker = markerOf({ record });
  const count = record.wayBack.rollbacks.length;
  const rollback = count === 0 ? null : rollbackMarker(marker, count);
  const operation = { marker, imageId: asked.imageId ?? null, rollback };
  return await activitiesUnder('call', LOOK_WITHIN_MS).judgeRerun({ vm: vmOf(asked), ...operation });
}

/** Patch that marks the first look back in a history; a later one has its number behind it. */
const LOOK = 'rerun-looks-back';

/** Longest that a run which was reset asks Temporal and JD Cloud what it finds. */
const LOOK_WITHIN_MS = 10 * 60_000;

function refusedBy({ why }: RerunVerdict, phase: Phase): ApplicationFailure {
  const message = `This run was reset. ${why} It is not erased again.`;
  return ApplicationFailure.create({
    type: phase === 'validating' ? 'ValidationFailed' : 'ChangedUnderneath',
    message,
    nonRetryable: true,
    details: [{ misfits: [{ code: 'rebuilt-since', field: null, message }] }],
  });
}
