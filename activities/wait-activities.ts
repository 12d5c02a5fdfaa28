import type { StepReport } from '../contracts/step-report.js';
import { failure } from './failure.js';
import { fresh } from './is-back.js';
import { type Observation, observe, toVmState } from './observation.js';
import { type Decide, type WaitDeps, type WaitInput, waitUntil } from './wait.js';

/**
 * Waits for a VM's power state: one heartbeating activity a wait, all of a region fed by one poll. A poll may show what
 * was before. So the status that is waited for ends a wait at once only after the one between (`stopping`, `starting`)
 * was seen, since no status of before looks like that; where it was missed, a read of its own has to show it too.
 */
export function createWaitActivities(deps: WaitDeps) {
  return {
    /**
     * Waits until the VM is stopped after a stop that JD Cloud accepted.
     * @throws ApplicationFailure StopReverted when it went from stopping back to running · ChangedUnderneath when
     * someone else rebuilds it · VmInError · VmDeleted · DeadlineExceeded
     */
    waitUntilStopped: (input: WaitInput): Promise<StepReport> =>
      waitUntil(deps, input, 'stopping', hasStopped(readOf(deps, input))),

    /**
     * Waits until the VM runs after a start that JD Cloud accepted.
     * @throws ApplicationFailure StartRefused when it went from starting back to stopped · ChangedUnderneath when
     * someone else rebuilds it · VmInError · VmDeleted · DeadlineExceeded
     */
    waitUntilRunning: (input: WaitInput): Promise<StepReport> =>
      waitUntil(deps, input, 'starting', hasStarted(readOf(deps, input))),

    /**
     * Waits until the VM is at rest: for so long that a stop or rebuild whose answer was lost would show. Where no rebuild
     * can be out, a `stopped` that a read of its own shows too is enough.
     * @param input.rebuildIsForeign - no rebuild call of ours can be out: one that is seen is someone else's
     * @throws ApplicationFailure ChangedUnderneath when someone else rebuilds it · VmInError · VmDeleted ·
     * DeadlineExceeded
     */
    waitUntilAtRest: (input: WaitInput & { readonly rebuildIsForeign?: boolean }): Promise<StepReport> =>
      waitUntil(deps, input, 'coming to rest', hasComeToRest(deps, input)),
  };
}

/** The VM's status by a read of its own. */
type ReadStatus = () => Promise<string>;

function readOf({ reader }: WaitDeps, { vm }: WaitInput): ReadStatus {
  return async () => observe(await reader.instance(vm, fresh()), new Date()).status;
}

function hasStopped(readStatus: ReadStatus): Decide {
  const isReverted = twice('running');
  const isRebuilt = twice('rebuilding');
  return async (seen, memory) => {
    if (seen.status === 'stopping') memory.sawPassing = true;
    const details = { observed: toVmState(seen) };
    if (isRebuilt(seen)) throw foreignRebuild(seen);
    if (isReverted(seen) && memory.sawPassing)
      throw failure('StopReverted', 'The VM went from stopping back to running.', { details });
    return seen.status === 'stopped' && (memory.sawPassing || (await readStatus()) === 'stopped');
  };
}

function hasStarted(readStatus: ReadStatus): Decide {
  const isStopped = twice('stopped');
  const isStopping = twice('stopping');
  const isRebuilt = twice('rebuilding');
  return async (seen, memory) => {
    const details = { observed: toVmState(seen) };
    if (seen.status === 'starting') memory.sawPassing = true;
    // JD Cloud has taken our start, so our own stop and rebuild are over.
    if (isRebuilt(seen)) throw foreignRebuild(seen);
    if (isStopping(seen)) throw failure('ChangedUnderneath', 'Someone else stops the VM.', { details });
    if (isStopped(seen) && memory.sawPassing)
      throw failure('StartRefused', 'The VM went from starting back to stopped.', { details });
    return seen.status === 'running' && (memory.sawPassing || (await readStatus()) === 'running');
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

function hasComeToRest(deps: WaitDeps, input: WaitInput & { readonly rebuildIsForeign?: boolean }): Decide {
  const { rebuildIsForeign = false } = input;
  const { settleMs } = deps.timing;
  const readStatus = readOf(deps, input);
  const isRebuilt = twice('rebuilding');
  let rest: { readonly status: string; readonly since: number } | null = null;
  return async (seen) => {
    const { status } = seen;
    if (isRebuilt(seen) && rebuildIsForeign) throw foreignRebuild(seen);
    if (status !== 'stopped' && status !== 'running') rest = null;
    else if (rest?.status !== status) rest = { status, since: performance.now() };
    if (rest === null) return false;
    if (performance.now() - rest.since >= settleMs) return true;
    return status === 'stopped' && rebuildIsForeign && (await readStatus()) === 'stopped';
  };
}
