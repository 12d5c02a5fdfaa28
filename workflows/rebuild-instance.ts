import { CancellationScope, defineQuery, isCancellation, setHandler, TemporalFailure } from '@temporalio/workflow';
import { rebuildWorkflowId } from '../contracts/ids.js';
import { PROGRESS_QUERY } from '../contracts/names.js';
import type { Phase, RebuildProgress } from '../contracts/rebuild-progress.js';
import type { RebuildResult } from '../contracts/rebuild-result.js';
import { finishAbandoned } from './rebuild/abandoned.js';
import { comeBack, type Rebuilt, stopAndRebuild, takeOver } from './rebuild/attempt.js';
import { pruneBackups } from './rebuild/backup.js';
import { checkHealthBefore } from './rebuild/health-checks.js';
import { takeDecisions } from './rebuild/hold.js';
import { onFailure } from './rebuild/on-failure.js';
import { RebuildState } from './rebuild/rebuild-state.js';
import { lookBack } from './rebuild/rerun.js';
import type { Run } from './rebuild/run.js';
import { settleBeforeEnd } from './rebuild/settle-power.js';
import { targetOf, validate } from './rebuild/steps.js';
import { factsOf, toApplicationFailure, toFailure } from './runtime/failures.js';
import { refuseOtherId } from './runtime/own-id.js';
import { parseRebuildRequest } from './runtime/parse-input.js';

const HOW_TO_START =
  'That id is the lock of the VM, and Temporal appends a time to the ids that its own schedules start. Start it with `reimage rebuild`, the library, or a client that gives this id; on a schedule, with `reimage schedule create`.';

const progressQuery = defineQuery<RebuildProgress>(PROGRESS_QUERY);

/**
 * Puts a fresh system disk on one VM. Nothing is stopped before everything fits; nothing is erased twice; whatever
 * goes wrong before the rebuild call, the old power state comes back; after it, the VM is driven to a known state, and
 * where that fails it is left, held or put back, as asked.
 * @param input - a RebuildRequest. The workflow id must be the VM's lock, or two of them could run side by side
 * @returns the result when it is done
 * @throws ApplicationFailure of a type of contracts/failures.ts with the RebuildResult as its detail. A cancelled run
 * keeps its result in the memo.
 */
export async function rebuildInstance(input: unknown): Promise<RebuildResult> {
  const request = parseRebuildRequest(input);
  refuseOtherId(rebuildWorkflowId(request), HOW_TO_START);
  const run: Run = { request, record: new RebuildState(request) };
  setHandler(progressQuery, () => run.record.progress(), { description: 'Where the rebuild is' });
  takeDecisions(run);
  try {
    const rebuilt = await validateAndRebuild(run);
    return await CancellationScope.nonCancellable(() => bringBack(run, rebuilt));
  } catch (error) {
    const { phase } = run.record;
    throw concluded(run, error instanceof TemporalFailure ? await leave(run, error) : error, phase);
  }
}

/** Leaves a VM for which nothing more is done. @returns what the run ends with */
async function leave(run: Run, error: TemporalFailure): Promise<TemporalFailure> {
  const end = await finishAbandoned(run, error);
  await CancellationScope.nonCancellable(() => settleBeforeEnd(run));
  return end;
}

/** Touches nothing before everything fits. What an earlier run has erased is taken over, and not erased again. */
async function validateAndRebuild(run: Run): Promise<Rebuilt> {
  const plan = await validate(run);
  if (run.record.rerun?.state === 'rebuilt') return await takeOver(run, plan);
  await checkHealthBefore(run, plan);
  return await stopAndRebuild(run, plan, targetOf(run, plan));
}

/** After the rebuild call a cancellation comes too late. */
async function bringBack(run: Run, rebuilt: Rebuilt): Promise<RebuildResult> {
  try {
    if (rebuilt.doubt !== null) throw rebuilt.doubt;
    await comeBack(run, rebuilt);
  } catch (error) {
    await onFailure(run, rebuilt, error);
  }
  await lookBack(run);
  await pruneBackups(run);
  await settleBeforeEnd(run);
  // It may have been reset to its very last task.
  await lookBack(run, { isEnd: true });
  if (run.record.isCancelRequested)
    run.record.warn({
      code: 'cancel-too-late',
      message: 'The cancellation came after the rebuild call: the rebuild was carried through.',
    });
  return run.record.conclude('done');
}

/**
 * The error that ends the execution, with the result in it. A bug of ours is no outcome: it fails the task, to be mended.
 * @param phase - in which the error came
 */
function concluded({ record }: Run, error: unknown, phase: Phase): unknown {
  if (!(error instanceof TemporalFailure)) return error;
  const facts = factsOf(error, phase);
  record.noteError(facts);
  const failure = toFailure(facts, record.observed);
  const result = record.conclude(isCancellation(error) ? 'cancelled' : 'failed', failure);
  if (isCancellation(error)) return error;
  return toApplicationFailure(failure, result);
}
