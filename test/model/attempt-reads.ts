import { afterChangedRead, beforeRebuildCall } from '../../activities/decisions/before-call.js';
import { isLanded, withoutTrace } from '../../activities/decisions/landing.js';
import { powerCallFor, START, STOP } from '../../activities/decisions/power-call.js';
import { fails, moved, type Place, reports, reportsLanded, toPower, toSeen, vmIsGone } from './attempt-ends.js';
import { reads, readsWithMarker, SETTLE_MS, settles } from './cloud.js';
import { runAt } from './record.js';
import { type Failed, type Next, targetOf, toObservation } from './state.js';

const POWER_CALLS = { stop: STOP, start: START } as const;
export function looksForEarlier(place: Place, next: 'settle' | 'read'): Next[] {
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
    const unknown: Failed = { type: 'RebuildOutcomeUnknown', callMayBeInFlight: true, seen };
    return fails(place, unknown, false, after).map((done) => ({ what, state: done }));
  });
}

export function waitsForEarlier(place: Place): Next[] {
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

export function readsBeforeRebuild(place: Place): Next[] {
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
      hasIssues: false,
    });
    const end = (type: Failed['type'], isRetryable: boolean, told: Partial<Failed> = {}) =>
      fails(place, { type, callMayBeInFlight: false, seen, ...told }, isRetryable, after).map((state) => ({
        what,
        state,
      }));
    const changed = (sinceMs: number) => {
      const { retryable, ...told } = afterChangedRead(sinceMs, SETTLE_MS);
      return end('ConcurrentChange', retryable, told);
    };
    switch (verdict) {
      case 'was-there':
        return [{ what, state: reportsLanded(place, seen, after) }];
      case 'call':
        return [{ what, state: moved(place, { at: 'ready', mayBeOut: false, seen }, after) }];
      case 'unknown':
        return fails(place, { type: 'RebuildOutcomeUnknown', callMayBeInFlight: true, seen }, false, after).map(
          (done) => ({
            what,
            state: done,
          }),
        );
      case 'error':
        return end('VmInError', false);
      case 'changed':
        return [...changed(0), ...(isFresh && settles(scenario, after) !== null ? changed(SETTLE_MS) : [])];
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

export function readsBeforePower(place: Place, kind: 'stop' | 'start'): Next[] {
  const { scenario, state, attempt } = place;
  const { mayBeOut } = attempt;
  return reads(state).flatMap(({ shown, state: after, isFresh }) => {
    const what = `reads ${shown.status}`;
    if (shown.status === 'deleted') return vmIsGone(place, shown, after).map((done) => ({ what, state: done }));
    const seen = toPower(shown);
    const end = (type: Failed['type'], isRetryable: boolean) =>
      fails(place, { type, callMayBeInFlight: mayBeOut, seen }, isRetryable, after).map((done) => ({
        what,
        state: done,
      }));
    switch (powerCallFor(POWER_CALLS[kind], shown.status)) {
      case 'nothing':
        return [{ what, state: reports(place, { seen, hasCalled: false, mayBeOut }, after) }];
      case 'send':
        return [{ what, state: moved(place, { at: 'ready', seen }, after) }];
      case 'error':
        return end('VmInError', false);
      case 'foreign':
        return end('ConcurrentChange', false);
      case 'between':
        return [
          ...end('VmTaskConflict', true),
          ...(isFresh && settles(scenario, after) !== null ? end('VmTaskConflict', false) : []),
        ];
    }
  });
}
