import type { FailureType } from '../../contracts/failures.js';
import type { StepReport } from '../../contracts/rebuild-result.js';
import { type Observation, observe, toVmState } from '../decisions/observation.js';
import { type PowerVerdict, whileComingToRest, whileStarting, whileStopping } from '../decisions/power-call.js';
import { failure } from '../runtime/failure.js';
import { fresh } from './is-back.js';
import { type Decide, type WaitDeps, type WaitInput, waitUntil } from './wait-until.js';

/**
 * Waits for a VM's power state: one heartbeating activity a wait, all of a region fed by one poll. A poll may show what
 * was before. So the status that is waited for ends a wait at once only after the one between (`stopping`, `starting`)
 * was seen, since no status of before looks like that; where it was missed, a read of its own has to show it too.
 */
export function createWaitActivities(deps: WaitDeps) {
  return {
    /**
     * Waits until the VM is stopped after a stop that JD Cloud accepted.
     * @throws ApplicationFailure StopReverted when it went from stopping back to running · ConcurrentChange when
     * someone else rebuilds it · VmInError · VmDeleted · DeadlineExceeded
     */
    waitUntilStopped: (input: WaitInput): Promise<StepReport> =>
      waitUntil(deps, input, 'stopping', hasStopped(deps, readOf(deps, input))),

    /**
     * Waits until the VM runs after a start that JD Cloud accepted.
     * @throws ApplicationFailure StartRefused when it went from starting back to stopped · ConcurrentChange when
     * someone else rebuilds it · VmInError · VmDeleted · DeadlineExceeded
     */
    waitUntilRunning: (input: WaitInput): Promise<StepReport> =>
      waitUntil(deps, input, 'starting', hasStarted(deps, readOf(deps, input))),

    /**
     * Waits until the VM is at rest: for so long that a stop, start or rebuild whose answer was lost would show. Where none
     * can be out, a `stopped` that a read of its own shows too is enough.
     * @throws ApplicationFailure ConcurrentChange when someone else rebuilds it · VmInError · VmDeleted ·
     * DeadlineExceeded
     */
    waitUntilAtRest: (input: RestInput): Promise<StepReport> =>
      waitUntil(deps, input, 'coming to rest', hasComeToRest(deps, input)),
  };
}

export interface RestInput extends WaitInput {
  /** No rebuild call of ours can be out: one that is seen is someone else's. @default false */
  readonly rebuildIsForeign?: boolean;
  /** A stop or start may be on its way, its answer lost. @default false */
  readonly callMayBeInFlight?: boolean;
}

/** The VM's status by a read of its own. */
type ReadStatus = () => Promise<string>;

function readOf({ reader }: WaitDeps, { vm }: WaitInput): ReadStatus {
  return async () => observe(await reader.instance(vm, fresh()), new Date()).status;
}

function hasStopped({ timing: { settleMs } }: WaitDeps, readStatus: ReadStatus): Decide {
  const heldForMs = holding();
  return async (seen, memory) => {
    if (seen.status === 'stopping') memory.sawPassing = true;
    const verdict = whileStopping({ ...seen, ...memory, heldForMs: heldForMs(seen), settleMs });
    if (verdict === 'rebuilt') throw foreignRebuild(seen);
    if (verdict === 'reverted') throw elsewhere(seen, 'StopReverted', 'The VM went from stopping back to running.');
    return await isThere(verdict, 'stopped', readStatus);
  };
}

function hasStarted({ timing: { settleMs } }: WaitDeps, readStatus: ReadStatus): Decide {
  const heldForMs = holding();
  return async (seen, memory) => {
    if (seen.status === 'starting') memory.sawPassing = true;
    const verdict = whileStarting({ ...seen, ...memory, heldForMs: heldForMs(seen), settleMs });
    if (verdict === 'rebuilt') throw foreignRebuild(seen);
    if (verdict === 'stopped-by-others') throw elsewhere(seen, 'ConcurrentChange', 'Someone else stops the VM.');
    if (verdict === 'reverted') throw elsewhere(seen, 'StartRefused', 'The VM went from starting back to stopped.');
    return await isThere(verdict, 'running', readStatus);
  };
}

/** For how long all looks have shown the status of this one, in milliseconds. */
function holding(): (seen: Observation) => number {
  let held: { readonly status: string; readonly since: number } | null = null;
  return ({ status }) => {
    const now = performance.now();
    if (held?.status !== status) held = { status, since: now };
    return now - held.since;
  };
}

async function isThere(verdict: PowerVerdict, status: string, readStatus: ReadStatus): Promise<boolean> {
  return verdict === 'arrived' || (verdict === 'confirm' && (await readStatus()) === status);
}

function foreignRebuild(seen: Observation): Error {
  return elsewhere(seen, 'ConcurrentChange', 'Someone else began to rebuild the VM.');
}

function elsewhere(seen: Observation, type: FailureType, message: string): Error {
  return failure(type, message, { details: { observed: toVmState(seen) } });
}

function hasComeToRest(deps: WaitDeps, input: RestInput): Decide {
  const { rebuildIsForeign = false, callMayBeInFlight = false } = input;
  const { settleMs } = deps.timing;
  const readStatus = readOf(deps, input);
  const heldForMs = holding();
  const known = { settleMs, rebuildIsForeign, callMayBeInFlight };
  return async (seen) => {
    const verdict = whileComingToRest({ ...seen, ...known, heldForMs: heldForMs(seen) });
    if (verdict === 'rebuilt') throw foreignRebuild(seen);
    return await isThere(verdict, seen.status, readStatus);
  };
}
