import type { RetryState } from '@temporalio/common';
import { beforeCall } from '../../workflows/decisions/claims.js';
import { afterRebuildCall, isSurelyNotOut, mayBeOnItsWay } from '../../workflows/decisions/end-of-step.js';
import { isAnothers, isNothingDone } from '../../workflows/decisions/power-back.js';
import { endOf, type FailureFacts } from '../../workflows/runtime/failures.js';
import { conclude } from './conclude.js';
import { cancellation, factsOfFailed, phaseOf, ranOut, silence } from './failures.js';
import { noted, noteError, type Report, runAt, toFailed, unsettled } from './record.js';
import { type Call, type Failed, FORGOTTEN, type Run, type Scenario, type State, type Step, withRun } from './state.js';
import { CALLS, isCancellable, LOOKS_BACK } from './steps.js';

/** A run goes on to its next step. */
export function go(scenario: Scenario, state: State, index: number, step: Step, change: Partial<Run> = {}): State {
  const run = { ...runAt(state, index), ...change };
  const looksBack = run.isRerun && run.lookedBack === null && LOOKS_BACK.includes(step);
  if (looksBack)
    return withRun(state, index, { ...change, step: 'look-back', leadsTo: step, settled: false, activity: null });
  const begun = withRun(state, index, {
    ...change,
    step,
    leadsTo: null,
    memory: memoryFor(run, step),
    unseen: unseenFor(run, step),
    settled: false,
    activity: null,
  });
  if (run.isCancelled && isCancellable(step)) return failed(scenario, begun, index, cancellation());
  if (run.mayBeOut && step === 'start')
    return withRun(state, index, {
      ...change,
      step: 'settle-calls',
      leadsTo: 'start',
      memory: FORGOTTEN,
      activity: null,
    });
  const kind = CALLS[step];
  return kind === undefined ? begun : startActivity(begun, index, kind);
}

/** What is known of the VM when a step begins: a look of before its end tells nothing of what a rebuild leaves. */
function unseenFor({ unseen }: Run, step: Step): Run['unseen'] {
  return step === 'wait-back' ? 'power and image' : unseen;
}

function memoryFor({ sawRebuilding }: Run, step: Step): Run['memory'] {
  return step === 'wait-back' ? { ...FORGOTTEN, sawPassing: sawRebuilding } : FORGOTTEN;
}

function startActivity(state: State, index: number, kind: Call['kind']): State {
  const { isTouched, unseen } = runAt(state, index);
  const isRebuild = kind === 'rebuild';
  const touched: Partial<Run> = {
    unseen: beforeCall(unseen, isRebuild ? 'power and image' : 'power'),
    ...(isRebuild && { maySend: true }),
  };
  const activity = {
    attempt: 1,
    isLast: false,
    isCancelRequested: false,
    word: null,
    lastFailure: null,
    isSilent: false,
    neverRan: false,
  };
  const asked = withRun(state, index, { ...touched, activity, isTouched: true, wasTouched: isTouched });
  return begin(asked, index, kind, 1);
}

/** The server hands an attempt to a worker. */
export function begin(state: State, run: number, kind: Call['kind'], number: number): State {
  const attempt = {
    kind,
    run,
    number,
    at: 'begin',
    mayBeOut: false,
    isStalled: false,
    isOver: false,
    isOld: false,
    seen: null,
  } as const;
  return { ...state, attempts: [...state.attempts, attempt] };
}

/** The activity of a run reports. */
export function reported(scenario: Scenario, state: State, index: number, kind: Call['kind'], report: Report): State {
  const isLost = kind !== 'rebuild' && report.mayBeOut === true;
  const told = isLost ? withRun(state, index, { mayBeOut: true }) : state;
  const known = noted(told, index, report, kind);
  switch (runAt(state, index).step) {
    case 'stop':
      return go(scenario, known, index, 'wait-stopped');
    case 'stop-again':
      return go(scenario, known, index, 'wait-stopped-again');
    case 'start':
      return go(scenario, known, index, 'wait-running');
    case 'undo-start':
      return go(scenario, known, index, 'undo-wait');
    case 'finish-start':
      return go(scenario, known, index, 'finish-wait');
    default:
      if (report.landed === 'no') return afterCall(scenario, known, index, cancellation(), true);
      return go(scenario, known, index, 'wait-back', { sawRebuilding: report.sawRebuilding === true });
  }
}

/** The step of a run ends with a failure that its last attempt has reported. */
export function failedBy(scenario: Scenario, state: State, index: number, end: Failed, retryState?: RetryState): State {
  const { step } = runAt(state, index);
  return failed(scenario, state, index, factsOfFailed(end, phaseOf(step), retryState));
}

/** It ends by the server's clock, and its attempt has not reported. */
export function timedOut(scenario: Scenario, state: State, index: number): State {
  const { step, activity } = runAt(state, index);
  return failed(scenario, state, index, silence(activity, phaseOf(step)));
}

/** A wait ends at its deadline, with what it saw last. */
export function waitTimedOut(scenario: Scenario, state: State, index: number): State {
  const { memory, step } = runAt(state, index);
  return failed(scenario, state, index, ranOut(memory, phaseOf(step)));
}

export function cancelled(scenario: Scenario, state: State, index: number): State {
  return failed(scenario, state, index, cancellation());
}

/** What a failure of a step leads to. */
export function failed(scenario: Scenario, state: State, index: number, facts: FailureFacts): State {
  const { step } = runAt(state, index);
  switch (step) {
    case 'look-back':
    case 'plan':
      return ends(scenario, state, index, facts);
    case 'stop':
      return settleOr(state, index, facts, (after) => stopFailed(scenario, after, index, facts));
    case 'wait-stopped':
      return giveUp(scenario, state, index, facts);
    case 'rebuild':
      return afterCall(scenario, state, index, facts, false);
    case 'find':
    case 'find-settle':
    case 'find-last':
      return ends(scenario, state, index, unknownOutcome(facts));
    case 'start':
    case 'stop-again':
      return settleOr(state, index, facts, (after) => ends(scenario, after, index, facts));
    case 'undo-start':
    case 'finish-start':
      return settleOr(state, index, facts, (after) => undoFailed(scenario, after, index, facts));
    case 'settle':
      return afterSettling(scenario, state, index, facts);
    case 'settle-calls':
      return afterCalls(scenario, unsettled(state, index, facts), index);
    case 'undo-rest':
    case 'undo-wait':
    case 'finish-rest':
    case 'finish-wait':
      return undoFailed(scenario, state, index, facts);
    default:
      return ends(scenario, state, index, facts);
  }
}

function unknownOutcome(facts: FailureFacts): FailureFacts {
  return { ...facts, type: 'RebuildOutcomeUnknown', details: {} };
}

/** A call whose time is up, and that may be on its way, is waited for. */
function settleOr(before: State, index: number, facts: FailureFacts, otherwise: (state: State) => State): State {
  const { step } = runAt(before, index);
  const end = endOf(facts);
  const state = isSurelyNotOut(end) ? before : withRun(before, index, { mayBeOut: true });
  if (!mayBeOnItsWay(end)) return otherwise(state);
  const why = toFailed(facts);
  const told = noteError(state, index, facts);
  return withRun(told, index, {
    step: 'settle',
    leadsTo: step,
    why,
    memory: FORGOTTEN,
    settled: false,
    activity: null,
  });
}

/** What was to be settled has been, or cannot be: the step ends as it would have before. */
export function afterSettling(scenario: Scenario, state: State, index: number, facts: FailureFacts | null): State {
  const { leadsTo, why } = runAt(state, index);
  const told = facts === null ? state : unsettled(state, index, facts);
  const back = withRun(told, index, { step: leadsTo ?? 'ended', leadsTo: null, why: null });
  // The facts of the call itself were told when it ended: what was seen since stands.
  const end: FailureFacts = factsOfFailed(
    { ...(why ?? { type: 'Unexpected' }), seen: null },
    phaseOf(leadsTo ?? 'ended'),
  );
  if (leadsTo === 'stop') return stopFailed(scenario, back, index, end);
  if (leadsTo === 'undo-start' || leadsTo === 'finish-start') return undoFailed(scenario, back, index, end);
  return ends(scenario, back, index, end);
}

function stopFailed(scenario: Scenario, state: State, index: number, facts: FailureFacts): State {
  const { wasTouched } = runAt(state, index);
  const isUntouched = isSurelyNotOut(endOf(facts)) && !wasTouched;
  return giveUp(
    scenario,
    isUntouched ? withRun(state, index, { isTouched: false, unseen: 'nothing' }) : state,
    index,
    facts,
  );
}

function afterCall(scenario: Scenario, state: State, index: number, facts: FailureFacts, isReported: boolean): State {
  const next = afterRebuildCall({ ...endOf(facts), isReported });
  if (next === 'not-made') return giveUp(scenario, withRun(state, index, { unseen: 'nothing' }), index, facts);
  if (next === 'unknown') return ends(scenario, noteError(state, index, facts), index, facts);
  const told = noteError(state, index, facts);
  return withRun(told, index, { step: 'find', why: toFailed(facts), memory: FORGOTTEN, activity: null });
}

/** Before the rebuild call whatever goes wrong is undone. */
export function giveUp(scenario: Scenario, state: State, index: number, facts: FailureFacts): State {
  const told = noteError(state, index, facts);
  const { isTouched, plan } = runAt(told, index);
  const why = toFailed(facts);
  if (isAnothers(facts)) return ends(scenario, told, index, facts);
  if (isNothingDone({ type: facts.type, isTouched }) || plan?.power === 'stopped')
    return ends(scenario, told, index, facts);
  return go(scenario, told, index, 'undo-rest', { why });
}

function undoFailed(scenario: Scenario, state: State, index: number, facts: FailureFacts): State {
  const told = noteError(withRun(state, index, { undoFailed: true }), index, facts);
  const { step, leadsTo, why } = runAt(state, index);
  const isOfAbandoned = (leadsTo ?? step).startsWith('finish');
  const end = isOfAbandoned && why !== null && why.type !== 'Cancelled' ? factsOfFailed(why, 'validating') : facts;
  return endWith(scenario, told, index, end);
}

/** The VM was given its power state back: the run ends with what it was given up for. */
export function undone(scenario: Scenario, state: State, index: number): State {
  const { why } = runAt(state, index);
  const facts = factsOfFailed({ ...(why ?? { type: 'Unexpected' }), seen: null }, 'restoring-power');
  return endWith(scenario, state, index, facts);
}

/** The run ends. One that was reset, and does nothing for its VM, brings to rest what the reset has cut short. */
export function ends(scenario: Scenario, state: State, index: number, facts: FailureFacts): State {
  const { lookedBack, step } = runAt(state, index);
  const told = noteError(state, index, facts);
  const isIdle = lookedBack?.state === 'refused' || phaseOf(step) === 'validating';
  if (lookedBack?.abandoned === undefined || !isIdle) return endWith(scenario, told, index, facts);
  return go(scenario, told, index, 'finish-rest', { why: toFailed(facts) });
}

/** The VM is as promised. */
export function endsDone(scenario: Scenario, state: State, index: number): State {
  return endWith(scenario, state, index, null);
}

/** Before a run ends, what may be on its way is waited for. */
function endWith(scenario: Scenario, state: State, index: number, facts: FailureFacts | null): State {
  if (!runAt(state, index).mayBeOut) return conclude(scenario, state, index, facts);
  const why = facts === null ? null : toFailed(facts);
  return withRun(state, index, { step: 'settle-calls', leadsTo: 'ended', why, memory: FORGOTTEN, activity: null });
}

/** What may have been on its way has shown, or nobody could look. */
export function afterCalls(scenario: Scenario, state: State, index: number): State {
  const { leadsTo, why } = runAt(state, index);
  const settled = withRun(state, index, { mayBeOut: false });
  if (leadsTo === 'start') return go(scenario, settled, index, 'start');
  const facts = why === null ? null : factsOfFailed(why, 'failed');
  return conclude(scenario, settled, index, facts);
}
