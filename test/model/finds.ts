import { isLanded, withoutTrace } from '../../activities/decisions/landing.js';
import { reads, readsWithMarker, settles } from './cloud.js';
import { failedBy, go } from './runs.js';
import { noted, runAt } from './record.js';
import { type Next, type Scenario, type Seen, type State, targetOf, toObservation, withRun } from './state.js';
import { describe, failsWith, type Place, toSeen } from './looking.js';

export function finds(place: Place): Next[] {
  const { scenario, state, index, run } = place;
  const target = targetOf(scenario, run);
  const all = target.markerUsable ? readsWithMarker(state) : reads(state).map((read) => ({ ...read, marker: null }));
  return all.map((read) => {
    const { shown, marker, state: after } = read;
    const what = `looks for its call: ${describe(read)}`;
    const seen = toSeen(shown);
    if (shown.status === 'deleted') return { what, state: failsWith(place, after, { type: 'VmNotFound', seen }) };
    if (isLanded(target, toObservation(shown), marker)) return { what, state: landed(scenario, after, index, seen) };
    if (run.step === 'find') return { what, state: withRun(after, index, { step: 'find-settle' }) };
    if (withoutTrace(target) === 'unknown')
      return { what, state: failsWith(place, after, { type: 'RebuildOutcomeUnknown', callMayBeInFlight: true, seen }) };
    return { what, state: notLanded(scenario, noted(after, index, { seen, hasCalled: false }), index) };
  });
}

export function findsWhileSettling(place: Place): Next[] {
  const { scenario, state, index, run } = place;
  const target = targetOf(scenario, run);
  const polls = reads(state).flatMap((read) =>
    isLanded(target, toObservation(read.shown), null)
      ? [{ what: describe(read), state: landed(scenario, read.state, index, toSeen(read.shown)) }]
      : [],
  );
  const settled = settles(scenario, state);
  const waited =
    settled === null
      ? []
      : [{ what: 'has waited for what would show', state: withRun(settled, index, { step: 'find-last' }) }];
  return [...polls, ...waited];
}

function landed(scenario: Scenario, state: State, index: number, seen: Seen): State {
  const known = noted(state, index, { seen, hasCalled: false });
  return go(scenario, known, index, 'wait-back', { sawRebuilding: seen.status === 'rebuilding' });
}

/** The rebuild call ends as it would have ended, had it been known at once that nothing had landed. */
function notLanded(scenario: Scenario, state: State, index: number): State {
  const { why } = runAt(state, index);
  return failedBy(scenario, withRun(state, index, { step: 'rebuild' }), index, {
    ...(why ?? { type: 'Unexpected' }),
    callMayBeInFlight: false,
  });
}
