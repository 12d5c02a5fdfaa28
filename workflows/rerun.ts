import { ApplicationFailure, CancellationScope, patched, workflowInfo } from '@temporalio/workflow';
import { vmOf } from '../contracts/ids.js';
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
export function markerOf({ request }: Run): string {
  return request.requestId ?? workflowInfo().firstExecutionRunId;
}

/**
 * To be called before each step. The first time that a run which was reset comes past the point that it was reset to, it
 * finds out what its earlier runs have left, and what it may do; after that it knows.
 * @returns null in a run that was not reset, and up to that point in one that was
 * @throws ApplicationFailure ChangedUnderneath where another operation has the VM · what kept it from being found out
 */
export async function lookBack(run: Run): Promise<RerunVerdict | null> {
  const { record } = run;
  // The history of the run before is replayed as it was: there was no such look in it.
  if (isRerun() && record.rerun === null && patched('rerun-looks-back'))
    record.lookedBack(await CancellationScope.nonCancellable(() => judge(run)));
  if (record.rerun?.state === 'refused') throw refusedBy(record.rerun, record.phase);
  return record.rerun;
}

async function judge(run: Run): Promise<RerunVerdict> {
  const { request } = run;
  const operation = { marker: markerOf(run), imageId: request.imageId ?? null };
  return await activitiesUnder('call', LOOK_WITHIN_MS).judgeRerun({ vm: vmOf(request), ...operation });
}

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
