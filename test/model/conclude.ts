import { claimsOf } from '../../workflows/decisions/claims.js';
import type { FailureFacts } from '../../workflows/runtime/failures.js';
import { isExcused } from './cloud.js';
import { imageAsked, type Result, type Run, type Scenario, type State, withRun } from './state.js';

/** A run ends, with a result that is held against the truth. */
export function conclude(scenario: Scenario, state: State, index: number, facts: FailureFacts | null): State {
  const run = state.runs[index];
  if (run === undefined) throw new Error(`no run ${index}`);
  const result = resultOf(run, facts);
  const closed = withRun(state, index, { step: 'ended', activity: null, result });
  const attempts = closed.attempts.map((attempt) => (attempt.run === index ? { ...attempt, isOver: true } : attempt));
  const wrong = state.wrong ?? whatIsWrong(scenario, state, index, result);
  return { ...closed, attempts, wrong };
}

function resultOf({ observed, unseen }: Run, facts: FailureFacts | null): Result {
  const isGone = observed?.status === 'deleted';
  const seen = observed === null || isGone ? null : { status: observed.status, imageId: observed.image };
  const { imageId, status } = claimsOf(unseen, seen);
  const type = facts?.type ?? null;
  const outcome = type === null ? 'done' : type === 'Cancelled' ? 'cancelled' : 'failed';
  return { outcome, type, image: imageId, status };
}

function whatIsWrong(scenario: Scenario, state: State, index: number, result: Result): string | null {
  const { vm, wire, attempts, erased, runs } = state;
  const run = runs[index];
  if (run === undefined) return null;
  const isThere = vm.status !== 'deleted';
  if (isThere && wire.some((call) => call.run === index && !isExcused(scenario, state, call)))
    return 'the lock is let go while a call is on its way';
  if (isThere && attempts.some((attempt) => attempt.run === index && attempt.at === 'confirmed'))
    return 'the lock is let go while an attempt may send its call';
  if (run.observed !== null && run.observed.era === vm.era) {
    if (result.image !== null && result.image !== vm.image)
      return `the result tells image ${result.image} of a VM that has ${vm.image}`;
    // Of a VM on its way the result tells that it was, and no more.
    if (result.status !== null && !ON_ITS_WAY.includes(result.status) && result.status !== vm.status)
      return `the result tells ${result.status} of a VM that is ${vm.status}`;
  }
  if (vm.era === 0 && result.type !== null && OF_OTHERS.includes(result.type))
    return `it fails as ${result.type}, and nobody else was at it`;
  const count = erased[run.operation] ?? 0;
  const isUntouched = vm.era === 0;
  if (result.outcome === 'done' && count !== 1 && isUntouched) return 'done, and not erased';
  if (result.outcome === 'done' && isUntouched && vm.image !== imageAsked(scenario))
    return 'done, and on another image';
  if (result.outcome === 'cancelled' && count > 0) return 'told as cancelled, and erased';
  return powerIsLost(scenario, state, run, result);
}

/** Without an erase, and with nobody else at it, the old power state is back, or the failure says that giving it back failed. */
function powerIsLost({ power }: Scenario, { vm, erased }: State, run: Run, { type }: Result): string | null {
  const isErased = Object.values(erased).some((count) => count > 0);
  if (isErased || vm.era > 0 || run.undoFailed || vm.status === power) return null;
  // It says itself that the power state was not given back.
  if (type === 'RebuildOutcomeUnknown' || type === 'ConcurrentChange') return null;
  return `nothing was erased, and the VM is ${vm.status}, not ${power} as it was`;
}

const ON_ITS_WAY: readonly string[] = ['stopping', 'rebuilding', 'starting'];

/** What only somebody else can have brought about. */
const OF_OTHERS: readonly string[] = [
  'ConcurrentChange',
  'StopReverted',
  'StartRefused',
  'VmDeleted',
  'RebuildNotApplied',
];
