import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import { vmOf } from '../../contracts/ids.js';
import type { StepReport, VmState } from '../../contracts/rebuild-result.js';
import { isSurelyNotOut, mayBeOnItsWay } from '../decisions/end-of-step.js';
import { endOf, factsOf } from '../runtime/failures.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { Run } from './run.js';

/** Longest that a VM is kept for a call that may be on its way: longer than any settle time. */
const SETTLE_WITHIN_SECONDS = 300;

/**
 * Makes a call that changes the power state. When its time runs out one may be on its way all the same: the VM, and with
 * it the lock, is kept until that would show, and the result then tells what has come of it.
 * @throws what the call ended with
 */
export async function orSettled<R extends StepReport>(run: Run, call: () => Promise<R>): Promise<R> {
  try {
    const report = await call();
    if (report.callMayBeInFlight === true) run.record.callsInFlight.lost();
    return report;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const facts = factsOf(error, run.record.phase);
    if (!isSurelyNotOut(endOf(facts))) run.record.callsInFlight.lost();
    if (!mayBeOnItsWay(endOf(facts))) throw error;
    run.record.noteError(facts);
    await CancellationScope.nonCancellable(() => settle(run));
    throw error;
  }
}

/** To be called before a start: a stop whose answer was lost, and that comes late, is to stop nothing that was started since. */
export async function settleBeforeStart(run: Run): Promise<void> {
  const { ageMs } = run.record.callsInFlight;
  if (ageMs !== null && ageMs < SETTLE_WITHIN_SECONDS * 1000) await settle(run);
}

/** To be called before the run ends: no stop or start outlives the lock, and the result tells what has come of it. */
export async function settleBeforeEnd(run: Run): Promise<void> {
  if (run.record.callsInFlight.mayBe) await settle(run);
}

/** Where nobody can look, nobody knows what has come of the call. */
async function settle(run: Run): Promise<void> {
  run.record.restartDeadline(SETTLE_WITHIN_SECONDS);
  try {
    await waitAtRest(run);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    run.record.noteError(factsOf(error, run.record.phase));
    run.record.asksFor('power');
  }
}

/** Waits until the VM is neither on its way up nor down. */
export async function waitAtRest({ request, record }: Run, options = {}): Promise<VmState> {
  const vm = vmOf(request);
  const { deadlineAt } = record;
  const rest = await activitiesUnder('wait', record.remainingMs).waitUntilAtRest({ vm, deadlineAt, ...options });
  record.callsInFlight.settled();
  return record.note('wait-at-rest', rest).observed;
}
