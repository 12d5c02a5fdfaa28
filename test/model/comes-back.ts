import { afterBrokenPromise, afterRead, isAsPromised, isOver, wasRebuilt } from '../../activities/decisions/is-back.js';
import { isAtRest } from '../../activities/decisions/power-call.js';
import { type Read, reads, readsWithMarker, SETTLE_MS, settles } from './cloud.js';
import { arrives, describe, failsWith, hasHeld, heldForMs, type Place, restarts, toSeen, unusual } from './looking.js';
import { noted } from './record.js';
import { endsDone, failedBy } from './runs.js';
import { type Memory, type Next, spend, targetOf, toObservation, withRun } from './state.js';

export function comesBack(place: Place): Next[] {
  const { scenario, state, index, run } = place;
  const target = targetOf(scenario, run);
  const look = (read: Read, memory: Memory) => {
    const observation = toObservation(read.shown);
    const held = memory.held === 'settled' ? 'settled' : 'yes';
    const rests = isAtRest(read.shown) ? held : 'no';
    const after = {
      ...afterRead(target, observation, memory),
      last: read.shown.status,
      held: rests,
      seen: toSeen(read.shown),
    } as const;
    const over = isOver({
      target,
      seen: observation,
      memory: after,
      restsForMs: rests === 'no' ? null : heldForMs(rests),
      settleMs: SETTLE_MS,
      wasBack: false,
    });
    return { memory: after, isOver: over };
  };
  const looks = reads(state).flatMap((read): Next[] => {
    const what = describe(read);
    const early = unusual(place, read);
    if (early !== null) return [{ what, state: early }];
    const first = look(read, run.memory);
    if (!first.isOver) return [{ what, state: withRun(read.state, index, { memory: first.memory }) }];
    return proofs(place, read, first.memory).flatMap(({ what: proof, state: proven, isProven }): Next[] => {
      if (!isProven) return [{ what: `${what}${proof}`, state: proven }];
      return reads(proven).map((own) => {
        const second = look(own, first.memory);
        const next = second.isOver
          ? arrives(place, own.state, toSeen(own.shown))
          : withRun(own.state, index, { memory: second.memory });
        return { what: `${what}${proof}, and by a read of its own ${describe(own)}`, state: next };
      });
    });
  });
  return [...looks, ...hasHeld(place), ...restarts(place)];
}

/** Whether a VM that was never seen `rebuilding` was rebuilt at all. */
function proofs(place: Place, { shown, state }: Read, memory: Memory): (Next & { isProven: boolean })[] {
  const { scenario, index, run } = place;
  if (memory.sawPassing) return [{ what: '', state, isProven: true }];
  const target = targetOf(scenario, run);
  const markers = target.markerUsable ? readsWithMarker(state) : [{ marker: null, state }];
  return markers.map(({ marker, state: after }) => {
    const what = `, marked ${marker ?? 'by nobody'}`;
    const seen = toSeen(shown);
    const rebuilt = wasRebuilt(target, toObservation(shown), marker);
    if (rebuilt === 'yes') return { what, state: after, isProven: true };
    const again = withRun(after, index, { memory: { ...memory, held: 'no' } });
    if (rebuilt === 'not-yet') return { what, state: again, isProven: false };
    const type = rebuilt === 'no-trace' ? 'RebuildOutcomeUnknown' : 'ConcurrentChange';
    return { what, state: failsWith(place, after, { type, seen }), isProven: false };
  });
}

export function verifies(place: Place): Next[] {
  const { scenario, state, index, run } = place;
  const target = targetOf(scenario, run);
  const power = run.plan?.power ?? 'stopped';
  const all = target.markerUsable ? readsWithMarker(state) : reads(state).map((read) => ({ ...read, marker: null }));
  const looks = all.flatMap((read): Next[] => {
    const { shown, marker, state: after } = read;
    const what = `verifies: ${describe(read)}`;
    const seen = toSeen(shown);
    if (shown.status === 'deleted') return [{ what, state: failsWith(place, after, { type: 'VmDeleted', seen }) }];
    const verdict = isAsPromised({ target, seen: toObservation(shown), marker, power, diskCreatedAt: null });
    if (verdict === 'yes')
      return [{ what, state: endsDone(scenario, noted(after, index, { seen, hasCalled: false }), index) }];
    const { retryable, ...held } = afterBrokenPromise(shown, run.settled ? SETTLE_MS : 0, SETTLE_MS);
    const failed = { type: NOT_DONE[verdict], seen, ...held };
    if (!retryable) return [{ what, state: failsWith(place, after, failed) }];
    const late = spend(after, 'deadlines');
    if (late === null) return [];
    return [{ what: `${what}, and its time is up`, state: failedBy(scenario, late, index, failed, 'TIMEOUT') }];
  });
  const settled = run.settled ? null : settles(scenario, state);
  return settled === null
    ? looks
    : [...looks, { what: 'has verified for a settle time', state: withRun(settled, index, { settled: true }) }];
}

/** What a VM that is not as promised is told as. */
const NOT_DONE = {
  'other-image': 'RebuildNotApplied',
  'no-trace': 'RebuildNotApplied',
  'same-disk': 'RebuildOutcomeUnknown',
  'other-power': 'ConcurrentChange',
} as const;
