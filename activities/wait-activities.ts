import type { StepReport } from '../contracts/step-report.js';
import { failure } from './failure.js';
import { type Observation, toVmState } from './observation.js';
import { type Decide, type WaitDeps, type WaitInput, waitUntil } from './wait.js';

/** Waits for a VM's power state: one heartbeating activity a wait, all of a region fed by one poll. */
export function createWaitActivities(deps: WaitDeps) {
  return {
    /**
     * Waits until the VM is stopped after a stop that JD Cloud accepted.
     * @throws ApplicationFailure StopReverted when it went from stopping back to running · ChangedUnderneath when
     * someone else rebuilds it · VmInError · VmDeleted · DeadlineExceeded
     */
    waitUntilStopped: (input: WaitInput): Promise<StepReport> => waitUntil(deps, input, 'stopping', hasStopped()),

    /**
     * Waits until the VM runs after a start that JD Cloud accepted.
     * @throws ApplicationFailure StartRefused when it went from starting back to stopped · ChangedUnderneath when
     * someone else rebuilds it · VmInError · VmDeleted · DeadlineExceeded
     */
    waitUntilRunning: (input: WaitInput): Promise<StepReport> => waitUntil(deps, input, 'starting', hasStarted()),

    /**
     * Waits until the VM is at rest: stopped, or running for so long that a stop whose answer was lost would show.
     * @param input.rebuildIsForeign - no rebuild call of ours can be out: one that is seen is someone else's
     * @throws ApplicationFailure ChangedUnderneath when someone else rebuilds it · VmInError · VmDeleted ·
     * DeadlineExceeded
     */
    waitUntilAtRest: (input: WaitInput & { readonly rebuildIsForeign?: boolean }): Promise<StepReport> =>
      waitUntil(deps, input, 'coming to rest', restsFor(deps.timing.settleMs, input.rebuildIsForeign ?? false)),
  };
}

function hasStopped(): Decide {
  const isReverted = twice('running');
  return (seen, memory) => {
    if (seen.status === 'stopping') memory.sawPassing = true;
    const details = { observed: toVmState(seen) };
    if (seen.status === 'rebuilding') throw foreignRebuild(seen);
    if (isReverted(seen) && memory.sawPassing)
      throw failure('StopReverted', 'The VM went from stopping back to running.', { details });
    return seen.status === 'stopped';
  };
}

function hasStarted(): Decide {
  const isStopped = twice('stopped');
  const isStopping = twice('stopping');
  const isRebuilt = twice('rebuilding');
  return (seen, memory) => {
    const details = { observed: toVmState(seen) };
    if (seen.status === 'starting') memory.sawPassing = true;
    // JD Cloud has taken our start, so our own stop and rebuild are over.
    if (isRebuilt(seen)) throw foreignRebuild(seen);
    if (isStopping(seen)) throw failure('ChangedUnderneath', 'Someone else stops the VM.', { details });
    if (isStopped(seen) && memory.sawPassing)
      throw failure('StartRefused', 'The VM went from starting back to stopped.', { details });
    return seen.status === 'running';
  };
}

/** Whether the last two looks showed this status: one alone may be stale. */
function twice(status: string): (seen: Observation) => boolean {
  let last: string | null = null;
  return (seen) => {
    const isAgain = last === status && seen.status === status;
    last = seen.status;
    return isAgain;
  };
}

function foreignRebuild(seen: Observation): Error {
  return failure('ChangedUnderneath', 'Someone else began to rebuild the VM.', {
    details: { observed: toVmState(seen) },
  });
}

function restsFor(settleMs: number, rebuildIsForeign: boolean): Decide {
  const isRebuilt = twice('rebuilding');
  let runningSince: number | null = null;
  return (seen) => {
    const { status } = seen;
    if (isRebuilt(seen) && rebuildIsForeign) throw foreignRebuild(seen);
    if (status !== 'running') runningSince = null;
    else runningSince ??= performance.now();
    return status === 'stopped' || (runningSince !== null && performance.now() - runningSince >= settleMs);
  };
}
