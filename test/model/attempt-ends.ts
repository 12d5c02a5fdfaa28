import { endOfRebuildAttempt } from '../../activities/decisions/before-call.js';
import { type Report, runAt } from './record.js';
import { begin, cancelled, failedBy, reported } from './runs.js';
import {
  type Activity,
  type Attempt,
  type Failed,
  type Scenario,
  type Seen,
  spend,
  type State,
  type Vm,
  withItem,
  withRun,
} from './state.js';

/** An attempt under way, where it stands in the state. */
export interface Place {
  readonly scenario: Scenario;
  readonly state: State;
  readonly index: number;
  readonly attempt: Attempt;
}

export function activityOf({ state, attempt }: Place): Activity | null {
  return attempt.isOver ? null : runAt(state, attempt.run).activity;
}

export function moved({ state, index }: Place, change: Partial<Attempt>, from = state): State {
  return { ...from, attempts: withItem(from.attempts, index, change) };
}

export function withActivity(state: State, run: number, change: Partial<Activity>): State {
  const { activity } = runAt(state, run);
  return activity === null ? state : withRun(state, run, { activity: { ...activity, ...change } });
}

/** The attempt is no more. */
export function gone({ index, state }: Place, from: State = state): State {
  return { ...from, attempts: from.attempts.filter((_, at) => at !== index) };
}

export function toSeen({ status, image, era }: Vm): Seen {
  return { status, image, era };
}

/** A look at the power state alone. */
export function toPower({ status, era }: Vm): Seen {
  return { status, image: '', era };
}

export function reports(place: Place, report: Report, from = place.state): State {
  const { scenario, attempt } = place;
  const after = gone(place, from);
  return attempt.isOver ? after : reported(scenario, after, attempt.run, attempt.kind, report);
}

/** The attempt fails. Its last word is heard by the server, or not. */
export function fails(place: Place, failed: Failed, isRetryable: boolean, from = place.state): State[] {
  const { scenario, attempt } = place;
  if (attempt.isOver) return [gone(place, from)];
  const isNoneOut = failed.callMayBeInFlight === false;
  const spoken = withActivity(from, attempt.run, { word: { attempt: attempt.number, noneInFlight: true } });
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
export function nextAttempt(place: Place, from: State, lastFailure: Failed | null): State {
  const { scenario, attempt } = place;
  const after = gone(place, from);
  const activity = runAt(after, attempt.run).activity;
  if (activity?.isCancelRequested === true && lastFailure !== null)
    return failedBy(scenario, after, attempt.run, lastFailure, 'CANCEL_REQUESTED');
  return again(after, attempt, { isSilent: false, ...(lastFailure !== null && { lastFailure }) });
}

/** The server hands the activity out once more, where one more attempt is played. */
export function again(state: State, { run, kind, number }: Attempt, change: Partial<Activity>): State {
  const repeated = spend(state, 'repeats');
  if (repeated === null) return withActivity(state, run, { ...change, isLast: true });
  return begin(withActivity(repeated, run, { ...change, attempt: number + 1 }), run, kind, number + 1);
}

export function reportsLanded(place: Place, seen: Seen, from: State): State {
  return reports(place, { seen, hasCalled: false, landed: 'yes', sawRebuilding: seen.status === 'rebuilding' }, from);
}

export function vmIsGone(place: Place, shown: Vm, from: State): State[] {
  const { mayBeOut } = place.attempt;
  return fails(place, { type: 'VmNotFound', callMayBeInFlight: mayBeOut, seen: toSeen(shown) }, false, from);
}

export function endsCancelled(place: Place): State[] {
  const { scenario, state, attempt } = place;
  const { mayBeOut } = attempt;
  if (
    attempt.kind === 'rebuild' &&
    endOfRebuildAttempt({ callMayBeInFlight: mayBeOut, isCancelled: true }) === 'not-sent'
  )
    return [reports(place, { seen: null, hasCalled: false, landed: 'no' })];
  return [cancelled(scenario, gone(place, brokenOff(state, attempt)), attempt.run)];
}

/** Nobody waits any more for the answer of a call that is out. */
export function brokenOff(state: State, { run, kind, at }: Attempt): State {
  if (at !== 'sent') return state;
  const wire = state.wire.map((call) => (call.run === run && call.kind === kind ? { ...call, awaited: false } : call));
  return { ...state, wire };
}
