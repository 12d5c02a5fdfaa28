import {
  mayAnyCallBeInFlight,
  mayEarlierCallBeInFlight,
  maySend,
  type ServerWord,
  settlesIfNeverRan,
} from '../../activities/decisions/before-call.js';
import { START } from '../../activities/decisions/power-call.js';
import {
  activityOf,
  again,
  brokenOff,
  endsCancelled,
  fails,
  gone,
  moved,
  nextAttempt,
  type Place,
  reports,
  withActivity,
} from './attempt-ends.js';
import { looksForEarlier, readsBeforePower, readsBeforeRebuild, waitsForEarlier } from './attempt-reads.js';
import { type Answer, settles } from './cloud.js';
import { LONG_MS } from './matters.js';
import { runAt } from './record.js';
import { timedOut } from './runs.js';
import {
  type Attempt,
  type Call,
  type Failed,
  type Next,
  type Scenario,
  spend,
  type State,
  targetOf,
} from './state.js';

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

function begins(place: Place): Next[] {
  const { scenario, state, attempt } = place;
  const activity = activityOf(place);
  if (activity === null) return [{ what: 'is over before it began', state: gone(place) }];
  const { word, neverRan } = activity;
  const isFirstScheduled = attempt.number === 1;
  const notes = mayEarlierCallBeInFlight({ attempt: attempt.number, isFirstScheduled, word });
  const mayBeOut = notes && !(neverRan && settlesIfNeverRan({ word, hasHeartbeat: word !== null }));
  const target = targetOf(scenario, runAt(state, attempt.run));
  const looks = attempt.kind === 'rebuild' && mayAnyCallBeInFlight(mayBeOut, target);
  const begun = moved(place, { at: looks ? 'look' : 'read', mayBeOut: mayBeOut || looks });
  const beaten = withActivity(begun, attempt.run, {
    word: { attempt: attempt.number, noneInFlight: false },
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
    const note = { attempt: attempt.number, noneInFlight: false };
    return [
      {
        what: 'is confirmed',
        state: moved(place, { at: 'confirmed' }, withActivity(place.state, attempt.run, { word: note })),
      },
    ];
  }
  const what = `is told: ${word}`;
  if (word === 'cancelled') return endsCancelled(place).map((state) => ({ what, state }));
  const withheld: Failed = { type: 'CallWithheld', callMayBeInFlight: attempt.mayBeOut, seen: attempt.seen };
  return fails(place, withheld, true).map((state) => ({ what, state }));
}

/** The SDK has heard of a cancellation. Once the rebuild call is confirmed its answer is waited for. */
function hears(place: Place): Next[] {
  const { attempt } = place;
  if (activityOf(place)?.isCancelRequested !== true) return [];
  if (attempt.kind === 'rebuild' && (attempt.at === 'confirmed' || attempt.at === 'sent')) return [];
  return endsCancelled(place).map((state) => ({ what: 'hears of its cancellation', state }));
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
    return fails(
      place,
      { type: 'JdCloudUnavailable', callMayBeInFlight: true, seen, operation, httpStatus: 503 },
      true,
    );
  if (kind === 'start' && seen?.status === START.doubtful)
    return [reports(place, { seen, hasCalled: false, mayBeOut })];
  const refused: Failed = { type: 'VmTaskConflict', callMayBeInFlight: mayBeOut, seen, operation, httpStatus: 400 };
  const isFinal = settles(scenario, state) !== null;
  return [...fails(place, refused, true), ...(isFinal ? fails(place, refused, false) : [])];
}

const HARMLESS: readonly Attempt['at'][] = ['look', 'settle', 'last', 'read'];

function failsHarmlessly(place: Place): Next[] {
  const { state, attempt } = place;
  const after = spend(state, 'failures');
  if (after === null || attempt.isOver || !HARMLESS.includes(attempt.at)) return [];
  const failed: Failed = { type: 'JdCloudUnavailable', callMayBeInFlight: attempt.mayBeOut, seen: null };
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
