import { claimsOf, type Unseen } from '../../workflows/decisions/claims.js';
import { phaseOf, silenceMeans } from './failures.js';
import { foreignRebuildMatters, heedsCancel, isLookedBackAt, isUnderWay, leftThatMatters } from './matters.js';
import type { Attempt, Call, Failed, Memory, Plan, Run, Seen, State, Step, Vm } from './state.js';

/**
 * States that differ in nothing that matters later have one key. Steps of one state have a step of the same name and end
 * in the other, so whatever may come of one may come of the other, as soon.
 */
export function keyOf(state: State): string {
  const { vm, past, wire, isForeign, erased, runs, attempts, wrong } = state;
  const { era } = vm;
  const of: Place = { state, era, isRead: isLookedBackAt(state) };
  let key = vmKey(vm, runs.length - 1);
  key += `${era > 0 ? 1 : 0}${isForeign && foreignRebuildMatters(state) ? 1 : 0}`;
  for (const was of past) key += `,${shownKey(was)}${was.era === era ? 1 : 0}`;
  key += `|${inAnyOrder(wire, callKey)}|`;
  for (const { operation } of runs) key += erased[operation] ?? 0;
  for (let index = 0; index < runs.length; index += 1) key += `/${runKey(of, index)}`;
  key += `|${inAnyOrder(attempts, (attempt) => attemptKey(of, attempt))}|`;
  for (const left of Object.values(leftThatMatters(state))) key += left;
  return wrong === null ? key : `${key}|${wrong}`;
}

interface Place {
  readonly state: State;
  readonly era: number;
  /** What earlier runs have left may be looked back at. */
  readonly isRead: boolean;
}

function inAnyOrder<T>(list: readonly T[], toKey: (item: T) => string): string {
  const [first] = list;
  if (first === undefined) return '';
  return list.length === 1 ? toKey(first) : list.map(toKey).toSorted().join();
}

function callKey({ kind, run, awaited }: Call): string {
  return `${kind}${run}${awaited ? 1 : 0}`;
}

/** Of whoever has begun what the VM is in, all that matters is whether it is the newest run. */
function vmKey(vm: Vm, newest: number): string {
  const { next, by } = vm;
  const coming = next === null ? '' : `>${next.image}${next.marker ?? ''}`;
  return `${shownKey(vm)}${coming}${by === null ? '' : by === newest}`;
}

function shownKey({ status, image, disk, marker }: Vm): string {
  return `${status}${image}${disk}${marker ?? ''}`;
}

/** Of a look all that matters later is whether anybody else has acted since. */
function seenKey(seen: Seen | null | undefined, era: number): string {
  return seen == null ? '-' : `${seen.status}${seen.image}${seen.era === era ? 1 : 0}`;
}

function failedKey(failed: Failed | null, era: number): string {
  if (failed === null) return '-';
  const { type, callMayBeInFlight, seen, operation, httpStatus, isSettled } = failed;
  return `${type}${callMayBeInFlight ?? ''}${seenKey(seen, era)}${operation ?? ''}${httpStatus ?? ''}${isSettled ?? ''}`;
}

function activityKey({ state, era }: Place, index: number, { step, activity }: Run): string {
  if (activity === null) return '-';
  const { attempt, isLast, isCancelRequested, word, lastFailure, isSilent, neverRan } = activity;
  const underWay = state.attempts.find(({ run, isOver }) => run === index && !isOver);
  // Only once nothing more is tried is it told by what the last attempt has reported; before that by what silence means.
  const isTold = underWay === undefined && !isSilent;
  const end = isTold ? failedKey(lastFailure, era) : silenceMeans(lastFailure, phaseOf(step));
  const known = `${flags(isLast, isCancelRequested, isTold)}${end}`;
  // The next attempt asks who has left which word.
  if (underWay?.at !== 'begin' && state.left.repeats === 0) return known;
  return `${known};${attempt}${word === null ? '' : `${word.attempt}${word.noneInFlight ? 1 : 0}`}${neverRan ? 1 : 0}`;
}

function memoryKey({ sawPassing, sawFormerImage, sawFormerDisk, last, held, seen }: Memory, era: number): string {
  return `${flags(sawPassing, sawFormerImage, sawFormerDisk)}${last ?? ''}${held}${seenKey(seen, era)}`;
}

function planKey(plan: Plan | null): string {
  return plan === null ? '-' : `${plan.power}${plan.image}${plan.disk}${plan.marker ?? ''}`;
}

/** A run that is over is a line in the books, for as long as anybody may look back at it. */
function runKey(of: Place, index: number): string {
  const run = of.state.runs[index];
  if (run === undefined) throw new Error(`no run ${index}`);
  const { operation, step, leadsTo, plan, maySend, isCutShort, isRerun, hasLock, result } = run;
  const left = `${operation}${hasLock ? 1 : 0}${planKey(plan)}${flags(maySend, isCutShort, isRerun)}`;
  if (!isUnderWay(run)) {
    if (!of.isRead) return `${operation}${flags(isCutShort)}`;
    return step === 'ended' ? `${left}${result?.outcome}` : `${left}${step}${leadsTo ?? ''}`;
  }
  return [
    left,
    step,
    leadsTo ?? '',
    knownKey(of, run),
    lookedBackKey(run),
    flags(run.isTouched, isTold(run) && run.wasTouched, of.isRead && run.sawRebuilding),
    flags(
      (step === 'verify' || step === 'look-back') && run.settled,
      heedsCancel(of.state, run) && run.isCancelled,
      run.mayBeOut,
    ),
    flags(run.undoFailed),
    memoryKey(run.memory, of.era),
    activityKey(of, index, run),
    failedKey(run.why, of.era),
  ].join(';');
}

/** It is asked whether it had touched the VM before its stop. */
function isTold({ step, leadsTo }: Run): boolean {
  return step === 'stop' || (step === 'settle' && leadsTo === 'stop');
}

const LEVELS: readonly Unseen[] = ['nothing', 'power', 'power and image'];

/** Steps of which it may turn out that nothing was done: then what was seen before counts as it did. */
const TAKEN_BACK: readonly Step[] = ['look-back', 'plan', 'stop', 'rebuild', 'find', 'find-settle', 'find-last'];

/** What it may still claim of its last look. What is unseen grows, until another look takes its place. */
function knownKey({ era }: Place, run: Run): string {
  const { unseen, observed, step } = run;
  if (observed === null || TAKEN_BACK.includes(step) || isTold(run)) return `${unseen}${seenKey(observed, era)}`;
  const seen = observed.status === 'deleted' ? null : { status: observed.status, imageId: observed.image };
  const claims = LEVELS.slice(LEVELS.indexOf(unseen)).map((level) => {
    const { imageId, status } = claimsOf(level, seen);
    return `${imageId ?? ''}${status ?? ''}`;
  });
  return `${unseen}${claims.join(':')}${observed.image}${observed.era === era ? 1 : 0}`;
}

/** Once it has planned, all that counts is what it may not send, and what it has to bring to rest. */
function lookedBackKey({ lookedBack, step }: Run): string {
  if (lookedBack === null) return '-';
  const { state, isCutShort, maySend, plan, abandoned } = lookedBack;
  const found = `${flags(maySend)}${abandoned === undefined ? '' : `a${abandoned}`}`;
  if (step !== 'look-back' && step !== 'plan') return `${found}${state === 'refused' ? 'r' : ''}`;
  return `${found}${state}${flags(isCutShort)}${planKey(plan)}`;
}

/** An attempt that has begun asks no more which one it is: it tells so, to the next. */
function attemptKey({ state, era }: Place, attempt: Attempt): string {
  const { kind, run, number, at, mayBeOut, isStalled, isOver, isOld, seen } = attempt;
  const isNumbered = at === 'begin' || state.left.repeats > 0;
  const known = isOver ? flags(isOld) : `${flags(mayBeOut)}${isNumbered ? number : ''}${seenKey(seen, era)}`;
  return `${kind}${run}${at}${flags(isStalled, isOver)}${known}`;
}

function flags(...all: readonly boolean[]): string {
  let text = '';
  for (const flag of all) text += flag ? 1 : 0;
  return text;
}
