import { maySend, type ServerWord } from '../../activities/decisions/before-call.js';
import { mayEarlierCallBeOut, settlesIfNeverRan } from '../../activities/decisions/earlier-call.js';
import { endOfRebuildAttempt } from '../../activities/decisions/end-of-attempt.js';
import { isLanded, withoutTrace } from '../../activities/decisions/landing.js';
import { powerCallFor, START, STOP } from '../../activities/decisions/power-call.js';
import { beforeRebuildCall } from '../../activities/decisions/rebuild-call.js';
import { type Answer, reads, readsWithMarker, settles } from './cloud.js';
import { begin, cancelled, failedBy, type Report, reported, runAt, timedOut } from './runs.js';
import {
  type Activity,
  type Attempt,
  type Call,
  type Failed,
  type Next,
  type Scenario,
  type Seen,
  spend,
  type State,
  targetOf,
  toObservation,
  type Vm,
  withItem,
  withRun,
} from './state.js';

const POWER_CALLS = { stop: STOP, start: START } as const;
/** Long after a heartbeat timeout. */
const LONG_MS = 90_000;

/** An attempt under way, where it stands in the state. */
interface Place {
  readonly scenario: Scenario;
  readonly state: State;
  readonly index: number;
  readonly attempt: Attempt;
}

/** All that attempts may do next, and what may befall them. */
export function attemptSteps(scenario: Scenario, state: State): Next[] {
  return state.attempts.flatMap((attempt, index) => {
    const place = { scenario, state, index, attempt };
    if (attempt.isStalled) return whileStalled(place);
    const steps = [...stepsOf(place), ...hears(place), ...stalls(place), ...failsHarmlessly(place)];
    return steps.map(({ what, state: next }) => ({ what: `${nameOf(attempt)} ${what}`, state: next }));
  });
}

function nameOf({ kind, number, run }: Attempt): string {
  return `attempt ${number} at the ${kind} of run ${run + 1}`;
}

function stepsOf(place: Place): Next[] {
  const { attempt } = place;
  switch (attempt.at) {
    case 'begin':
      return begins(place);
    case 'look':
      return looksForEarlier(place, 'settle');
    case 'settle':
      return waitsForEarlier(place);
    case 'last':
      return looksForEarlier(place, 'read');
    case 'read':
      return attempt.kind === 'rebuild' ? readsBeforeRebuild(place) : readsBeforePower(place, attempt.kind);
    case 'ready':
      return asksServer(place);
    case 'confirmed':
      return [{ what: 'sends its call', state: sends(place) }];
    case 'sent':
      return [];
  }
}

function activityOf({ state, attempt }: Place): Activity | null {
  return attempt.isOver ? null : runAt(state, attempt.run).activity;
}

function moved({ state, index }: Place, change: Partial<Attempt>, from = state): State {
  return { ...from, attempts: withItem(from.attempts, index, change) };
}

function begins(place: Place): Next[] {
  const { scenario, state, attempt } = place;
  const activity = activityOf(place);
  if (activity === null) return [{ what: 'is over before it began', state: gone(place) }];
  const { word, neverRan } = activity;
  const isFirstScheduled = attempt.number === 1;
  const notes = mayEarlierCallBeOut({ attempt: attempt.number, isFirstScheduled, word });
  const mayBeOut = notes && !(neverRan && settlesIfNeverRan({ word, hasHeartbeat: word !== null }));
  const { isRerun } = targetOf(scenario, runAt(state, attempt.run));
  const looks = attempt.kind === 'rebuild' && (mayBeOut || isRerun === true);
  const begun = moved(place, { at: looks ? 'look' : 'read', mayBeOut });
  const beaten = withActivity(begun, attempt.run, {
    word: { attempt: attempt.number, noneOut: false },
    neverRan: false,
  });
  const unreadable = spend(state, 'failures');
  const silent: Next = {
    what: 'begins, its heartbeat on its way',
    state: withActivity(begun, attempt.run, { neverRan: false }),
  };
  const heard: Next = { what: 'begins', state: beaten };
  const cannotRead: Next[] =
    unreadable === null
      ? []
      : [
          {
            what: 'cannot read its input',
            state: nextAttempt(place, withActivity(unreadable, attempt.run, { neverRan: true }), {
              type: 'PayloadUnreadable',
            }),
          },
        ];
  return [heard, silent, ...cannotRead];
}

function withActivity(state: State, run: number, change: Partial<Activity>): State {
  const { activity } = runAt(state, run);
  return activity === null ? state : withRun(state, run, { activity: { ...activity, ...change } });
}

/** The attempt is no more. */
function gone({ index }: Place, from: State): State;
function gone(place: Place): State;
function gone({ index, state }: Place, from = state): State {
  return { ...from, attempts: from.attempts.filter((_, at) => at !== index) };
}

function toSeen({ status, image, era }: Vm): Seen {
  return { status, image, era };
}

/** A look at the power state alone. */
function toPower({ status, era }: Vm): Seen {
  return { status, image: '', era };
}

function reports(place: Place, report: Report, from = place.state): State {
  const { scenario, attempt } = place;
  const after = gone(place, from);
  return attempt.isOver ? after : reported(scenario, after, attempt.run, attempt.kind, report);
}

/** The attempt fails. Its last word is heard by the server, or not. */
function fails(place: Place, failed: Failed, isRetryable: boolean, from = place.state): State[] {
  const { scenario, attempt } = place;
  if (attempt.isOver) return [gone(place, from)];
  const isNoneOut = failed.callMayBeOut === false;
  const spoken = withActivity(from, attempt.run, { word: { attempt: attempt.number, noneOut: true } });
  const heard = isNoneOut ? [from, spoken] : [from];
  return heard.flatMap((state) => {
    if (!isRetryable) return [failedBy(scenario, gone(place, state), attempt.run, failed)];
    const next = nextAttempt(place, state, failed);
    const late = spend(state, 'deadlines');
    const tooLate = late === null ? [] : [failedBy(scenario, gone(place, late), attempt.run, failed, 'TIMEOUT')];
    return [next, ...tooLate];
  });
}

/** The server hands the activity out once more; where no more attempts are played, it waits for the deadline. */
function nextAttempt(place: Place, from: State, lastFailure: Failed | null): State {
  const { scenario, attempt } = place;
  const after = gone(place, from);
  const activity = runAt(after, attempt.run).activity;
  if (activity?.isCancelRequested === true && lastFailure !== null)
    return failedBy(scenario, after, attempt.run, lastFailure, 'CANCEL_REQUESTED');
  return again(after, attempt, { isSilent: false, ...(lastFailure !== null && { lastFailure }) });
}

/** The server hands the activity out once more, where one more attempt is played. */
function again(state: State, { run, kind, number }: Attempt, change: Partial<Activity>): State {
  const repeated = spend(state, 'repeats');
  if (repeated === null) return withActivity(state, run, { ...change, isLast: true });
  return begin(withActivity(repeated, run, { ...change, attempt: number + 1 }), run, kind, number + 1);
}

function looksForEarlier(place: Place, next: 'settle' | 'read'): Next[] {
  const { scenario, state, attempt } = place;
  const target = targetOf(scenario, runAt(state, attempt.run));
  const all = target.markerUsable ? readsWithMarker(state) : reads(state).map((read) => ({ ...read, marker: null }));
  return all.flatMap(({ shown, marker, state: after }) => {
    const what = `sees ${shown.status} with ${shown.image}${marker === null ? '' : `, marked ${marker}`}`;
    if (shown.status === 'deleted') return vmIsGone(place, shown, after).map((done) => ({ what, state: done }));
    const seen = toSeen(shown);
    if (isLanded(target, toObservation(shown), marker)) return [{ what, state: reportsLanded(place, seen, after) }];
    if (next === 'settle') return [{ what, state: moved(place, { at: 'settle' }, after) }];
    if (withoutTrace(target) === 'no') return [{ what, state: moved(place, { at: 'read', mayBeOut: false }, after) }];
    const unknown: Failed = { type: 'RebuildOutcomeUnknown', callMayBeOut: true, seen };
    return fails(place, unknown, false, after).map((done) => ({ what, state: done }));
  });
}

function reportsLanded(place: Place, seen: Seen, from: State): State {
  return reports(place, { seen, hasCalled: false, landed: 'yes', sawRebuilding: seen.status === 'rebuilding' }, from);
}

function vmIsGone(place: Place, shown: Vm, from: State): State[] {
  const { mayBeOut } = place.attempt;
  return fails(place, { type: 'VmNotFound', callMayBeOut: mayBeOut, seen: toSeen(shown) }, false, from);
}

function waitsForEarlier(place: Place): Next[] {
  const { scenario, state, attempt } = place;
  const target = targetOf(scenario, runAt(state, attempt.run));
  const polls = reads(state).flatMap(({ shown, state: after }) =>
    isLanded(target, toObservation(shown), null)
      ? [{ what: `sees ${shown.status} with ${shown.image}`, state: reportsLanded(place, toSeen(shown), after) }]
      : [],
  );
  const settled = settles(scenario, state);
  const waited =
    settled === null ? [] : [{ what: 'has waited for what would show', state: moved(place, { at: 'last' }, settled) }];
  return [...polls, ...waited];
}

function readsBeforeRebuild(place: Place): Next[] {
  const { scenario, state, attempt } = place;
  const target = targetOf(scenario, runAt(state, attempt.run));
  return readsWithMarker(state).flatMap(({ shown, marker, state: after, isFresh }) => {
    const what = `reads ${shown.status} with ${shown.image}${marker === null ? '' : `, marked ${marker}`}`;
    if (shown.status === 'deleted') return vmIsGone(place, shown, after).map((done) => ({ what, state: done }));
    const observation = toObservation(shown);
    const seen = toSeen(shown);
    const verdict = beforeRebuildCall({
      status: observation.status,
      imageId: observation.imageId,
      target,
      marker,
      canReadMetadata: true,
      hasRoomForMarker: true,
      hasMisfits: false,
    });
    const end = (type: Failed['type'], isRetryable: boolean) =>
      fails(place, { type, callMayBeOut: false, seen }, isRetryable, after).map((done) => ({ what, state: done }));
    switch (verdict) {
      case 'was-there':
        return [{ what, state: reportsLanded(place, seen, after) }];
      case 'call':
        return [{ what, state: moved(place, { at: 'ready', mayBeOut: false, seen }, after) }];
      case 'unknown':
        return fails(place, { type: 'RebuildOutcomeUnknown', callMayBeOut: true, seen }, false, after).map((done) => ({
          what,
          state: done,
        }));
      case 'error':
        return end('VmInError', false);
      case 'changed':
        return [
          ...end('ChangedUnderneath', true),
          ...(isFresh && settles(scenario, after) !== null ? end('ChangedUnderneath', false) : []),
        ];
      case 'between':
        return [
          ...end('VmTaskConflict', true),
          ...(isFresh && settles(scenario, after) !== null ? end('VmTaskConflict', false) : []),
        ];
      default:
        return end('ValidationFailed', false);
    }
  });
}

function readsBeforePower(place: Place, kind: 'stop' | 'start'): Next[] {
  const { scenario, state, attempt } = place;
  const { mayBeOut } = attempt;
  return reads(state).flatMap(({ shown, state: after, isFresh }) => {
    const what = `reads ${shown.status}`;
    if (shown.status === 'deleted') return vmIsGone(place, shown, after).map((done) => ({ what, state: done }));
    const seen = toPower(shown);
    const end = (type: Failed['type'], isRetryable: boolean) =>
      fails(place, { type, callMayBeOut: mayBeOut, seen }, isRetryable, after).map((done) => ({ what, state: done }));
    switch (powerCallFor(POWER_CALLS[kind], shown.status)) {
      case 'nothing':
        return [{ what, state: reports(place, { seen, hasCalled: false, mayBeOut }, after) }];
      case 'send':
        return [{ what, state: moved(place, { at: 'ready', seen }, after) }];
      case 'error':
        return end('VmInError', false);
      case 'foreign':
        return end('ChangedUnderneath', false);
      case 'between':
        return [
          ...end('VmTaskConflict', true),
          ...(isFresh && settles(scenario, after) !== null ? end('VmTaskConflict', false) : []),
        ];
    }
  });
}

function wordOfServer(place: Place): ServerWord {
  const activity = activityOf(place);
  if (activity === null) return 'none';
  return activity.isCancelRequested ? 'cancelled' : 'counts';
}

function asksServer(place: Place): Next[] {
  const { attempt } = place;
  const word = wordOfServer(place);
  const ageMs = attempt.isOld ? LONG_MS : 0;
  if (maySend({ word, ageMs })) {
    const note = { attempt: attempt.number, noneOut: false };
    return [
      {
        what: 'is confirmed',
        state: moved(place, { at: 'confirmed' }, withActivity(place.state, attempt.run, { word: note })),
      },
    ];
  }
  const what = `is told: ${word}`;
  if (word === 'cancelled') return endsCancelled(place).map((state) => ({ what, state }));
  const withheld: Failed = { type: 'CallWithheld', callMayBeOut: attempt.mayBeOut, seen: attempt.seen };
  return fails(place, withheld, true).map((state) => ({ what, state }));
}

/** The SDK has heard of a cancellation. Once the rebuild call is confirmed its answer is waited for. */
function hears(place: Place): Next[] {
  const { attempt } = place;
  if (activityOf(place)?.isCancelRequested !== true) return [];
  if (attempt.kind === 'rebuild' && (attempt.at === 'confirmed' || attempt.at === 'sent')) return [];
  return endsCancelled(place).map((state) => ({ what: 'hears of its cancellation', state }));
}

function endsCancelled(place: Place): State[] {
  const { scenario, state, attempt } = place;
  const { mayBeOut } = attempt;
  if (attempt.kind === 'rebuild' && endOfRebuildAttempt({ callMayBeOut: mayBeOut, isCancelled: true }) === 'not-sent')
    return [reports(place, { seen: null, hasCalled: false, landed: 'no' })];
  return [cancelled(scenario, gone(place, brokenOff(state, attempt)), attempt.run)];
}

/** Nobody waits any more for the answer of a call that is out. */
function brokenOff(state: State, { run, kind, at }: Attempt): State {
  if (at !== 'sent') return state;
  const wire = state.wire.map((call) => (call.run === run && call.kind === kind ? { ...call, awaited: false } : call));
  return { ...state, wire };
}

function sends(place: Place): State {
  const { state, attempt } = place;
  const call: Call = { kind: attempt.kind, run: attempt.run, awaited: !attempt.isOver };
  const out = { ...state, wire: [...state.wire, call] };
  return attempt.isOver ? gone(place, out) : moved(place, { at: 'sent' }, out);
}

/** A call is answered, or its sender gives it up. */
export function answered(scenario: Scenario, state: State, call: Call, answer: Answer): State[] {
  const index = state.attempts.findIndex(
    ({ run, kind, at, isOver }) => run === call.run && kind === call.kind && at === 'sent' && !isOver,
  );
  const attempt = state.attempts[index];
  if (attempt === undefined || attempt.isStalled) return [state];
  const place = { scenario, state, index, attempt };
  const { seen, mayBeOut, kind } = attempt;
  if (answer === 'done') {
    const landed = kind === 'rebuild' ? ({ landed: 'yes', sawRebuilding: false } as const) : {};
    return [reports(place, { seen, hasCalled: true, mayBeOut, ...landed })];
  }
  const operation = { rebuild: 'rebuildInstance', stop: 'stopInstance', start: 'startInstance' }[kind];
  if (answer === 'lost')
    return fails(place, { type: 'JdCloudUnavailable', callMayBeOut: true, seen, operation, httpStatus: 503 }, true);
  if (kind === 'start' && seen?.status === START.doubtful)
    return [reports(place, { seen, hasCalled: false, mayBeOut })];
  const refused: Failed = { type: 'VmTaskConflict', callMayBeOut: mayBeOut, seen, operation, httpStatus: 400 };
  const isFinal = settles(scenario, state) !== null;
  return [...fails(place, refused, true), ...(isFinal ? fails(place, refused, false) : [])];
}

const HARMLESS: readonly Attempt['at'][] = ['look', 'settle', 'last', 'read'];

function failsHarmlessly(place: Place): Next[] {
  const { state, attempt } = place;
  const after = spend(state, 'failures');
  if (after === null || attempt.isOver || !HARMLESS.includes(attempt.at)) return [];
  const failed: Failed = { type: 'JdCloudUnavailable', callMayBeOut: attempt.mayBeOut, seen: null };
  return fails(place, failed, true, after).map((done) => ({ what: 'fails on a read', state: done }));
}

function stalls(place: Place): Next[] {
  const { scenario, state, attempt } = place;
  const after = spend(state, 'stalls');
  const isShielded = attempt.at === 'confirmed' && !scenario.windows.includes('sleep-before-wire');
  if (after === null || attempt.isOver || isShielded) return [];
  return [{ what: 'is frozen, asleep or dead', state: moved(place, { isStalled: true }, after) }];
}

function whileStalled(place: Place): Next[] {
  const { attempt } = place;
  const name = nameOf(attempt);
  if (!attempt.isOver) return [{ what: `the server gives ${name} up`, state: givenUp(place) }];
  return [{ what: `${name} wakes`, state: moved(place, { isStalled: false, isOld: true }) }];
}

/** The server has heard nothing of it for a heartbeat timeout. */
function givenUp(place: Place): State {
  const { scenario, state, attempt } = place;
  const { activity } = runAt(state, attempt.run);
  const isHarmless = attempt.at === 'sent' || attempt.at === 'begin';
  const broken = brokenOff(state, attempt);
  const after = isHarmless ? gone(place, broken) : moved(place, { isOver: true }, broken);
  if (activity?.isCancelRequested === true) return timedOut(scenario, after, attempt.run);
  return again(after, attempt, { isSilent: true });
}
