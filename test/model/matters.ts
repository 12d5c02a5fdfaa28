import { maySend } from '../../activities/decisions/before-call.js';
import { holdsLock } from '../../workflows/runtime/own-id.js';
import type { Attempt, Bounds, Run, State, Step, Vm } from './state.js';
import { isCancellable } from './steps.js';

/**
 * A state without what cannot matter any more: no run of steps that it has left would do anything wrong that the shorter one
 * does not do in as many steps.
 */
export function withoutPast(state: State): State {
  const attempts = state.attempts.every(mayAct) ? state.attempts : state.attempts.filter(mayAct);
  const past = mayBeShown(state);
  return attempts === state.attempts && past === state.past ? state : { ...state, attempts, past };
}

/** Nothing that may come can be wrong: no run is or comes, and no call is or goes out. */
export function isAtEnd(state: State): boolean {
  const { wire, attempts, runs } = state;
  return wire.length === 0 && attempts.length === 0 && !mayBegin(state) && !runs.some(isUnderWay);
}

export function isUnderWay({ step, isCutShort }: Run): boolean {
  return step !== 'ended' && !isCutShort;
}

/** Another operation may run beside one that holds the lock. */
export function mayRunBeside(): boolean {
  return holdsLock('rebuild:cn-north-1:i-model-2026-11-30T00:00:00Z', 'rebuild:cn-north-1:i-model');
}

/** More runs may come. */
export function mayBegin({ left }: State): boolean {
  return left.resets > 0 || left.laterRuns > 0 || (left.otherIds > 0 && mayRunBeside());
}

/** Long after a heartbeat timeout. */
export const LONG_MS = 90_000;

/** A call that no server would confirm goes out all the same: false, unless a bug is planted. */
function sendsUnasked(): boolean {
  return maySend({ word: 'none', ageMs: 0 }) || maySend({ word: 'none', ageMs: LONG_MS });
}

/**
 * An attempt that is over is heard by nobody, and all that it can do is send its call. It does where the server has
 * confirmed it before; else it asks, and is told that it does not count.
 */
function mayAct({ isOver, at }: Attempt): boolean {
  if (!isOver || at === 'confirmed') return true;
  return at !== 'sent' && at !== 'begin' && sendsUnasked();
}

/** What a stale read may show, now or after the next change. */
function mayBeShown(state: State): readonly Vm[] {
  const { left, past, vm } = state;
  const [last, before] = past;
  if (last === undefined) return past;
  if (left.staleReads === 0 || !readsMatter(state)) return [];
  if (before === undefined) return past;
  // The older of the two is gone with the next change.
  return looksLike(before, vm) || (looksLike(before, last) && before.era === last.era) ? [last] : past;
}

function looksLike(one: Vm, other: Vm): boolean {
  return (
    one.status === other.status && one.image === other.image && one.disk === other.disk && one.marker === other.marker
  );
}

function readsMatter(state: State): boolean {
  return mayBegin(state) || state.runs.some(isUnderWay);
}

/** Steps after which no call is asked for any more, unless by another run. */
const LAST_CALL_OVER: readonly Step[] = [
  'verify',
  'wait-running',
  'wait-stopped-again',
  'undo-wait',
  'finish-wait',
  'ended',
];

/** A run that was reset has to bring to rest what that has cut short, once it has looked back. */
function mayAskForCalls({ step, leadsTo, lookedBack, isRerun }: Run): boolean {
  if (lookedBack === null ? isRerun : lookedBack.abandoned !== undefined) return true;
  const isLast = step === 'settle-calls' || step === 'settle' ? leadsTo !== 'start' && leadsTo !== 'stop' : false;
  return !isLast && !LAST_CALL_OVER.includes(step);
}

/** A cancellation of the run changes what it does. */
export function heedsCancel({ left }: State, { step, leadsTo }: Run): boolean {
  if (step === 'look-back') return true;
  return isCancellable(step) || (left.resets > 0 && step === 'settle' && leadsTo === 'stop');
}

/** How often each thing may still happen, as far as it would change anything. */
export function leftThatMatters(state: State): Bounds {
  const { left, runs, attempts } = state;
  const more = mayBegin(state);
  const underWay = runs.filter(isUnderWay);
  const hasCalls = more || attempts.length > 0 || underWay.some(mayAskForCalls);
  const hasRuns = more || underWay.length > 0;
  return {
    ...left,
    repeats: hasCalls ? left.repeats : 0,
    stalls: hasCalls ? left.stalls : 0,
    failures: hasCalls ? left.failures : 0,
    staleReads: hasRuns ? left.staleReads : 0,
    deadlines: hasRuns ? left.deadlines : 0,
    cancels: more || underWay.some((run) => heedsCancel(state, run)) ? left.cancels : 0,
  };
}

/** A run may look back at what those before it have left. */
export function isLookedBackAt({ left, runs }: State): boolean {
  return left.resets > 0 || runs.some((run) => isUnderWay(run) && run.isRerun && run.lookedBack === null);
}

const BEFORE_THE_REBUILD: readonly Step[] = ['look-back', 'plan', 'stop', 'wait-stopped', 'rebuild'];

/** A rebuild call may meet what somebody else has rebuilt. */
export function foreignRebuildMatters(state: State): boolean {
  const { runs, wire, attempts } = state;
  return (
    mayBegin(state) ||
    wire.some(({ kind }) => kind === 'rebuild') ||
    attempts.some(({ kind }) => kind === 'rebuild') ||
    runs.some((run) => isUnderWay(run) && BEFORE_THE_REBUILD.includes(run.step))
  );
}
