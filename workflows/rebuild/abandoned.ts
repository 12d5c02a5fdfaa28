import { ApplicationFailure, CancellationScope, isCancellation, TemporalFailure } from '@temporalio/workflow';
import type { VmState } from '../../contracts/rebuild-result.js';
import type { Abandoned } from '../../contracts/rerun-verdict.js';
import { factsOf, type FailureFacts } from '../runtime/failures.js';
import { lookBackAtEnd } from './rerun.js';
import type { Run } from './run.js';
import { waitAtRest } from './settle-power.js';
import { startAgain } from './steps.js';

/**
 * To be called when a run fails: one that was reset, and does nothing for its VM, brings to an end what the reset has cut
 * short, or a termination before it. The VM comes to rest, and to the power state that it was to have.
 * @param error - what the run ends with
 * @returns what it ends with now: a cancellation that leaves the VM as it was not is none
 */
export async function finishAbandoned(run: Run, error: TemporalFailure): Promise<TemporalFailure> {
  const { record } = run;
  const verdict = await lookBackAtEnd(run);
  // Whoever went on has given the VM its power state back, or tells what it is in.
  const hasVm = verdict?.state !== 'refused' && record.phase !== 'validating';
  if (!verdict?.abandoned || hasVm) return error;
  const { abandoned } = verdict;
  const { told, trouble } = await finish(run, abandoned);
  const message = `${whoseOf(abandoned)} ${told}`;
  record.warn({ code: 'earlier-run-interrupted', message });
  if (trouble === null || !isCancellation(error)) return error;
  return ApplicationFailure.create({ ...trouble, message, nonRetryable: true, details: [trouble.details] });
}

/** What is told of the VM, and what kept it from coming to rest; null for nothing. */
interface Finish {
  readonly told: string;
  readonly trouble: FailureFacts | null;
}

async function finish(run: Run, { phase, power }: Abandoned): Promise<Finish> {
  if (phase === 'held') return { told: 'The VM is left as it was held.', trouble: null };
  try {
    const state = await CancellationScope.nonCancellable(() => bringToRest(run, power));
    const told = `The VM was waited for: it is ${state?.status} with image ${state?.imageId}. Nothing of it was verified.`;
    return { told, trouble: null };
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const trouble = factsOf(error, run.record.phase);
    run.record.noteError(trouble);
    return { told: `The VM could not be brought to rest: ${trouble.message}`, trouble };
  }
}

async function bringToRest(run: Run, power: Abandoned['power']): Promise<VmState | null> {
  const { rebuildingSeconds, startingSeconds, backingUpSeconds } = run.request.deadlines;
  run.record.enter('restoring-power', rebuildingSeconds + startingSeconds + backingUpSeconds);
  const { status } = await waitAtRest(run);
  if (status === 'stopped' && power === 'running') await startAgain(run);
  return run.record.observed;
}

function whoseOf({ runId, requestedBy, phase, imageId, isOwn }: Abandoned): string {
  const other = `Another rebuild, onto ${imageId ?? 'an image that nobody knows'}, asked for by ${requestedBy ?? 'nobody who left a name'}`;
  return `${isOwn ? 'The run before this one' : other}, run ${runId}, was ended by the server while ${phase}.`;
}
