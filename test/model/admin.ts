import { judgeRerun, mayStillShow } from '../../activities/decisions/judge-rerun.js';
import type { EarlierRun, LeftBehind } from '../../contracts/rerun-verdict.js';
import { readsWithMarker, settles } from './cloud.js';
import { phaseOf } from './failures.js';
import { heedsCancel, isUnderWay, mayRunBeside } from './matters.js';
import { ofPlan, toPlan } from './plan.js';
import { runAt } from './record.js';
import { cancelled, failedBy, go, timedOut, waitTimedOut } from './runs.js';
import {
  diskId,
  FORGOTTEN,
  imageAsked,
  type LookedBack,
  type Next,
  type Run,
  type Scenario,
  type Seen,
  spend,
  type State,
  type Step,
  type Vm,
  withRun,
} from './state.js';
import { isCancellable } from './steps.js';

/** What Temporal, its users and its administrators may do to the runs. */
export function administrativeSteps(scenario: Scenario, state: State): Next[] {
  return [
    ...state.runs.flatMap(({ isCutShort }, index) =>
      isCutShort
        ? []
        : [
            ...cancels(scenario, state, index),
            ...deadlines(scenario, state, index),
            ...lookBacks(scenario, state, index),
            ...resets(scenario, state, index),
          ],
    ),
    ...begins(state),
  ];
}

export function newRun(operation: string, hasLock: boolean): Run {
  return {
    operation,
    isRerun: false,
    hasLock,
    step: 'plan',
    leadsTo: null,
    plan: null,
    isTouched: false,
    unseen: 'nothing',
    observed: null,
    maySend: false,
    lookedBack: null,
    wasTouched: false,
    sawRebuilding: false,
    memory: FORGOTTEN,
    settled: false,
    isCancelled: false,
    activity: null,
    mayBeOut: false,
    why: null,
    undoFailed: false,
    isCutShort: false,
    result: null,
  };
}

function cancels(scenario: Scenario, state: State, index: number): Next[] {
  const after = spend(state, 'cancels');
  const run = runAt(state, index);
  if (after === null || run.step === 'ended' || run.isCancelled) return [];
  const asked = withRun(after, index, { isCancelled: true });
  const what = `run ${index + 1} is cancelled`;
  if (!isCancellable(run.step)) return heedsCancel(state, run) ? [{ what, state: asked }] : [];
  const { activity } = run;
  if (activity === null) return [{ what, state: cancelled(scenario, asked, index) }];
  const isOut = state.attempts.some((attempt) => attempt.run === index && !attempt.isOver && attempt.at !== 'begin');
  if (!isOut) return [{ what, state: cancelled(scenario, withoutAttempts(asked, index), index) }];
  return [{ what, state: withRun(asked, index, { activity: { ...activity, isCancelRequested: true } }) }];
}

/** The server closes the activity of a run: attempts that are under way do not know it. */
function withoutAttempts(state: State, index: number): State {
  const attempts = state.attempts.flatMap((attempt) => {
    if (attempt.run !== index || attempt.isOver) return [attempt];
    return attempt.at === 'begin' || attempt.at === 'sent' ? [] : [{ ...attempt, isOver: true }];
  });
  const wire = state.wire.map((call) => (call.run === index ? { ...call, awaited: false } : call));
  return { ...state, attempts, wire };
}

const SETTLES: readonly Step[] = ['settle', 'settle-calls', 'find', 'find-settle', 'find-last'];
const READS: readonly Step[] = [
  'wait-stopped',
  'wait-back',
  'wait-running',
  'wait-stopped-again',
  'undo-rest',
  'undo-wait',
  'settle',
  'settle-calls',
  'finish-rest',
  'finish-wait',
  'find',
  'find-settle',
  'find-last',
  'verify',
];

function deadlines(scenario: Scenario, state: State, index: number): Next[] {
  const { step, activity } = runAt(state, index);
  // After the last attempt that is played its time is all that is left.
  const after = activity?.isLast === true ? state : spend(state, 'deadlines');
  if (after === null) return [];
  const what = `time is up for run ${index + 1} at ${step}`;
  // It is given longer than anything takes to settle.
  if (SETTLES.includes(step) && settles(scenario, after) === null) return [];
  if (READS.includes(step)) return [{ what, state: waitTimedOut(scenario, after, index) }];
  if (activity === null) return [];
  const hasAttempt = state.attempts.some((attempt) => attempt.run === index && !attempt.isOver);
  const closed = withoutAttempts(after, index);
  if (hasAttempt || activity.isSilent || activity.lastFailure === null)
    return [{ what, state: timedOut(scenario, closed, index) }];
  return [{ what, state: failedBy(scenario, closed, index, activity.lastFailure, 'TIMEOUT') }];
}

function begins(state: State): Next[] {
  const operation = `op-${state.runs.length + 1}`;
  const isFree = !state.runs.some(isUnderWay);
  const later = isFree ? spend(state, 'laterRuns') : null;
  const other = spend(state, 'otherIds');
  const starts: Next[] = [];
  if (later !== null)
    starts.push({ what: 'another operation begins', state: withNewRun(later, newRun(operation, true)) });
  if (other !== null && mayRunBeside())
    starts.push({
      what: 'another operation begins under an id of its own',
      state: withNewRun(other, newRun(operation, false)),
    });
  return starts;
}

function withNewRun(state: State, run: Run): State {
  // What was under way until now is somebody else's for the new run.
  const vm: Vm = { ...state.vm, era: state.vm.era + 1 };
  return { ...state, vm, runs: [...state.runs, run] };
}

/** Resets of a run, to its beginning or to the step under way. The server ends whatever runs under the lock. */
function resets(scenario: Scenario, state: State, index: number): Next[] {
  const after = spend(state, 'resets');
  const run = runAt(state, index);
  if (after === null || !run.hasLock) return [];
  const cut = state.runs.reduce((all, { step, hasLock }, at) => {
    if (step === 'ended' || !hasLock) return all;
    return withoutAttempts(withRun(all, at, { isCutShort: true }), at);
  }, after);
  const again: Run = { ...newRun(run.operation, true), isRerun: true };
  const begun = withNewRun(cut, again);
  const next = begun.runs.length - 1;
  const what = `run ${index + 1} is reset`;
  const first: Next = { what: `${what} to its beginning`, state: go(scenario, begun, next, 'plan') };
  if (run.step === 'ended' || run.step === 'plan') return [first];
  const resumed: Run = { ...run, isRerun: true, lookedBack: run.lookedBack, activity: null };
  const atStep = withNewRun(cut, resumed);
  return [first, { what: `${what} to its last task`, state: takenUp(scenario, atStep, next) }];
}

/** A step begins once more. */
function takenUp(scenario: Scenario, state: State, index: number): State {
  const { step, leadsTo } = runAt(state, index);
  if (step === 'settle-calls' && leadsTo === 'ended') return withRun(state, index, { memory: FORGOTTEN });
  const isBefore = step === 'settle' || step === 'settle-calls' || step === 'look-back';
  return go(scenario, state, index, isBefore ? (leadsTo ?? 'plan') : step);
}

function lookBacks(scenario: Scenario, state: State, index: number): Next[] {
  const { step, leadsTo, settled } = runAt(state, index);
  if (step !== 'look-back' || leadsTo === null) return [];
  const left = leftBehind(scenario, state, index);
  const looks = readsWithMarker(state).flatMap(({ shown, marker, state: after }): Next[] => {
    const seen: Seen = { status: shown.status, image: shown.image, era: shown.era };
    const what = `run ${index + 1} looks back: ${shown.status} with ${shown.image}`;
    if (shown.status === 'deleted')
      return [{ what, state: failedBy(scenario, after, index, { type: 'VmNotFound', seen }) }];
    const verdict = judge(scenario, runAt(state, index), left, shown, marker);
    if (!settled && mayStillShow(left, verdict)) return [];
    const told = lookedBack(scenario, after, index, { verdict, seen, leadsTo });
    return [{ what: `${what}: ${verdict.state}`, state: told }];
  });
  const after = settled ? null : settles(scenario, state);
  if (after === null) return looks;
  const what = `run ${index + 1} has waited for what the reset has cut short`;
  return [...looks, { what, state: withRun(after, index, { settled: true }) }];
}

function lookedBack(
  scenario: Scenario,
  state: State,
  index: number,
  { verdict, seen, leadsTo }: { readonly verdict: LookedBack; readonly seen: Seen; readonly leadsTo: Step },
): State {
  const run = runAt(state, index);
  const known: Partial<Run> = { lookedBack: verdict, ...(verdict.isCutShort && { isTouched: true }) };
  const phase = phaseOf(leadsTo);
  if (verdict.state === 'refused') {
    const type = phase === 'validating' ? 'ValidationFailed' : 'ConcurrentChange';
    const told = withRun(state, index, { ...known, observed: seen, unseen: 'nothing', step: leadsTo, leadsTo: null });
    return failedBy(scenario, told, index, { type });
  }
  const isBefore = leadsTo === 'plan' || leadsTo === 'stop' || leadsTo === 'rebuild';
  if (verdict.state === 'rebuilt' && isBefore)
    return go(scenario, state, index, 'wait-back', { ...known, plan: run.plan ?? verdict.plan, sawRebuilding: false });
  return go(scenario, state, index, leadsTo, known);
}

function judge(scenario: Scenario, { operation }: Run, left: LeftBehind, shown: Vm, marker: string | null): LookedBack {
  const now = { status: shown.status, imageId: shown.image, systemDiskId: diskId(shown.disk), marker };
  const asked = { marker: operation, imageId: imageAsked(scenario), isRolledBack: false };
  const verdict = judgeRerun(left, now, asked);
  const { abandoned, plan, mayHaveSent: maySend, isCutShort } = verdict;
  return {
    state: verdict.state,
    isCutShort,
    maySend,
    plan: plan === null ? null : ofPlan(plan),
    ...(abandoned !== null && { abandoned: abandoned.power }),
  };
}

function leftBehind(scenario: Scenario, state: State, index: number): LeftBehind {
  const { operation } = runAt(state, index);
  const earlier = state.runs.slice(0, index).map((run, at) => ({ run, at }));
  const own = earlier.filter(({ run }) => run.operation === operation).toReversed();
  const others = earlier.filter(({ run }) => run.operation !== operation).toReversed();
  const newest = own[0]?.at ?? -1;
  const later = others.filter(({ at }) => at > newest);
  return {
    before: own.map(({ run, at }) => toEarlier(scenario, run, at)),
    displaced: later.filter(({ run }) => run.isCutShort).map(({ run, at }) => toEarlier(scenario, run, at)),
    laterMarkers: later.map(({ run }) => run.operation),
  };
}

function toEarlier(scenario: Scenario, run: Run, at: number): EarlierRun {
  const outcome = run.result?.outcome;
  return {
    runId: `run-${at}`,
    marker: run.operation,
    requestedBy: null,
    isCutShort: run.isCutShort,
    phase: outcome ?? phaseOf(run.leadsTo ?? run.step),
    plan: run.plan === null ? null : toPlan(scenario, run.plan),
    mayHaveSent: run.maySend,
    backup: null,
  };
}
