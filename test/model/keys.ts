import type { Activity, Attempt, Failed, Memory, Run, Seen, State, Vm } from './state.js';

/** States that differ in nothing that matters later have one key. */
export function keyOf(state: State): string {
  const { vm, past, wire, isForeign, erased, runs, attempts, left, wrong } = state;
  const era = vm.era;
  return [
    vmKey(vm),
    flags(era > 0, isForeign),
    past.map((was) => `${vmKey(was)}${was.era === era ? 1 : 0}`).join(),
    wire
      .map(({ kind, run, awaited }) => `${kind}${run}${awaited ? 1 : 0}`)
      .toSorted()
      .join(),
    runs.map(({ operation }) => erased[operation] ?? 0).join(''),
    runs.map((run) => runKey(run, era)).join('/'),
    attempts
      .map((attempt) => attemptKey(attempt, era))
      .toSorted()
      .join(),
    Object.values(left).join(),
    wrong ?? '',
  ].join('|');
}

function vmKey({ status, image, disk, marker, next, by }: Vm): string {
  return `${status}${image}${disk}${marker ?? ''}${next === null ? '' : `>${next.image}${next.marker ?? ''}`}${by ?? ''}`;
}

/** Of a look all that matters later is whether anybody else has acted since. */
function seenKey(seen: Seen | null | undefined, era: number): string {
  return seen == null ? '-' : `${seen.status}${seen.image}${seen.era === era ? 1 : 0}`;
}

function failedKey(failed: Failed | null, era: number): string {
  if (failed === null) return '-';
  const { type, callMayBeOut, seen, operation, httpStatus, hasHeld } = failed;
  return `${type}${callMayBeOut ?? ''}${seenKey(seen, era)}${operation ?? ''}${httpStatus ?? ''}${hasHeld ?? ''}`;
}

function activityKey(activity: Activity | null, era: number): string {
  if (activity === null) return '-';
  const { attempt, isLast, isCancelRequested, word, lastFailure, isSilent, neverRan } = activity;
  const note = word === null ? '' : `${word.attempt}${word.noneOut ? 1 : 0}`;
  return `${attempt}${flags(isLast, isCancelRequested, isSilent, neverRan)}${note}${failedKey(lastFailure, era)}`;
}

function memoryKey({ sawPassing, sawFormerImage, sawFormerDisk, last, held, seen }: Memory, era: number): string {
  return `${flags(sawPassing, sawFormerImage, sawFormerDisk)}${last ?? ''}${held}${seenKey(seen, era)}`;
}

function runKey(run: Run, era: number): string {
  const { operation, step, plan, maySend, isCutShort, isRerun, result } = run;
  const planned = plan === null ? '-' : `${plan.power}${plan.image}${plan.disk}${plan.marker ?? ''}`;
  const known = `${operation}${step}${planned}${flags(maySend, isCutShort, isRerun)}`;
  if (step === 'ended') return `${known}${result?.outcome}`;
  if (isCutShort) return `${known}${run.leadsTo ?? ''}`;
  return [
    known,
    run.leadsTo ?? '',
    run.unseen,
    seenKey(run.observed, era),
    lookedBackKey(run),
    flags(run.hasLock, run.isTouched, run.wasTouched, run.sawRebuilding, run.settled, run.isCancelled, run.mayBeOut),
    flags(run.undoFailed),
    memoryKey(run.memory, era),
    activityKey(run.activity, era),
    failedKey(run.why, era),
  ].join(';');
}

function lookedBackKey({ lookedBack }: Run): string {
  if (lookedBack === null) return '-';
  const { state, isCutShort, maySend, plan, abandoned } = lookedBack;
  return `${state}${flags(isCutShort, maySend)}${plan?.power ?? ''}${abandoned === undefined ? '' : `a${abandoned}`}`;
}

function attemptKey({ kind, run, number, at, mayBeOut, isStalled, isOver, isOld, seen }: Attempt, era: number): string {
  return `${kind}${run}${number}${at}${flags(mayBeOut, isStalled, isOver, isOld)}${seenKey(seen, era)}`;
}

function flags(...all: readonly boolean[]): string {
  return all.map((flag) => (flag ? 1 : 0)).join('');
}

/**
 * 53 bits of a text: two rounds of 32, mixed. Among ten million states the chance that any two have the same is one in two
 * hundred.
 */
export function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
