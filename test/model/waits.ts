import { isAsPromised } from '../../activities/decisions/as-promised.js';
import { afterLook, isOver, wasRebuilt } from '../../activities/decisions/is-back.js';
import { isLanded, withoutTrace } from '../../activities/decisions/landing.js';
import {
  isAtRest,
  type PowerLook,
  type PowerVerdict,
  whileComingToRest,
  whileStarting,
  whileStopping,
} from '../../activities/decisions/power-call.js';
import { type Read, reads, readsWithMarker, settles } from './cloud.js';
import { factsOfFailed, phaseOf } from './failures.js';
import { isErasedByItself, isRebuiltSince } from '../../workflows/decisions/since-look-back.js';
import { toPlan } from './plan.js';
import { afterCalls, afterSettling, cancelled, endsDone, failedBy, go, noted, runAt, undone } from './runs.js';
import {
  type Failed,
  type Memory,
  type Next,
  type Run,
  type Scenario,
  type Seen,
  type State,
  type Step,
  targetOf,
  toObservation,
  type Vm,
  withRun,
} from './state.js';

const SETTLE_MS = 60_000;

/** What the reading steps of all runs may do next. */
export function readingSteps(scenario: Scenario, state: State): Next[] {
  return state.runs.flatMap((run, index) => {
    const steps = run.isCutShort ? [] : stepsOf({ scenario, state, index, run });
    return steps.map(({ what, state: next }) => ({ what: `run ${index + 1} ${what}`, state: next }));
  });
}

interface Place {
  readonly scenario: Scenario;
  readonly state: State;
  readonly index: number;
  readonly run: Run;
}

function stepsOf(place: Place): Next[] {
  switch (place.run.step) {
    case 'plan':
      return plans(place);
    case 'wait-stopped':
    case 'wait-stopped-again':
      return waits(place, whileStopping, 'stopping', 'stopped');
    case 'wait-running':
    case 'undo-wait':
    case 'finish-wait':
      return waits(place, whileStarting, 'starting', 'running');
    case 'undo-rest':
      return comesToRest(place, true);
    case 'settle':
    case 'finish-rest':
      return comesToRest(place, false);
    case 'settle-calls':
      return place.run.leadsTo === 'start'
        ? [...comesToRest(place, false), ...hasSettled(place)]
        : comesToRest(place, false);
    case 'find':
    case 'find-last':
      return finds(place);
    case 'find-settle':
      return findsWhileSettling(place);
    case 'wait-back':
      return comesBack(place);
    case 'verify':
      return verifies(place);
    default:
      return [];
  }
}

function toSeen({ status, image, era }: Vm): Seen {
  return { status, image, era };
}

function failsWith({ scenario, index }: Place, from: State, failed: Failed): State {
  return failedBy(scenario, from, index, failed);
}

function describe({ shown, isFresh }: Read): string {
  return `sees ${shown.status} with ${shown.image}${isFresh ? '' : ' (stale)'}`;
}

function plans(place: Place): Next[] {
  const { scenario, state, index, run } = place;
  if (run.isCancelled) return [{ what: 'is cancelled', state: cancelled(scenario, state, index) }];
  return readsWithMarker(state).map((read) => {
    const { shown, marker, state: after } = read;
    const what = `plans: ${describe(read)}`;
    const seen = toSeen(shown);
    if (shown.status === 'deleted') return { what, state: failsWith(place, after, { type: 'VmNotFound', seen }) };
    if (!isAtRest(shown))
      return { what, state: failsWith(place, withRun(after, index, { observed: seen }), { type: 'ValidationFailed' }) };
    const power = shown.status === 'running' ? 'running' : 'stopped';
    const powerBefore = run.lookedBack?.isCutShort === true ? run.lookedBack.plan?.power : undefined;
    const plan = { power: powerBefore ?? power, image: shown.image, disk: shown.disk, marker } as const;
    const planned = { plan, observed: seen, unseen: 'nothing' } as const;
    const { lookedBack, operation } = run;
    const before =
      lookedBack?.plan == null ? null : { state: lookedBack.state, plan: toPlan(scenario, lookedBack.plan) };
    if (lookedBack?.plan != null && isErasedByItself(before, toPlan(scenario, plan), operation)) {
      const known = { ...planned, plan: lookedBack.plan, lookedBack: { ...lookedBack, state: 'rebuilt' } } as const;
      return { what, state: go(scenario, after, index, 'wait-back', { ...known, sawRebuilding: false }) };
    }
    if (isRebuiltSince(before, toPlan(scenario, plan), operation))
      return { what, state: failsWith(place, withRun(after, index, planned), { type: 'ValidationFailed' }) };
    return { what, state: go(scenario, after, index, plan.power === 'running' ? 'stop' : 'rebuild', planned) };
  });
}

type Judge = (look: PowerLook) => PowerVerdict;

/** Waits at whose end a call whose answer was lost would have shown. */
const SETTLES: readonly Step[] = ['undo-rest', 'finish-rest', 'settle', 'settle-calls'];

const AFTER: Partial<Record<Step, Step>> = {
  'wait-stopped': 'rebuild',
  'wait-stopped-again': 'verify',
  'wait-running': 'verify',
};

function waits(place: Place, judge: Judge, passing: string, wanted: string): Next[] {
  const { run, state } = place;
  const { memory } = run;
  const looks = reads(state).flatMap((read): Next[] => {
    const { shown, state: after } = read;
    const what = describe(read);
    const early = unusual(place, read);
    if (early !== null) return [{ what, state: early }];
    const sawPassing = memory.sawPassing || shown.status === passing;
    const held = holding(memory, shown.status);
    const verdict = judge({ status: shown.status, heldForMs: heldForMs(held), settleMs: SETTLE_MS, sawPassing });
    return ofVerdict(place, {
      verdict,
      what,
      after,
      seen: toSeen(shown),
      wanted,
      memory: { ...memory, sawPassing, last: shown.status, held, seen: toSeen(shown) },
    });
  });
  return [...looks, ...hasHeld(place), ...restarts(place)];
}

interface Judged {
  readonly verdict: PowerVerdict;
  readonly what: string;
  readonly after: State;
  readonly seen: Seen;
  readonly wanted: string;
  readonly memory: Memory;
}

function ofVerdict(place: Place, { verdict, what, after, seen, wanted, memory }: Judged): Next[] {
  const goesOn = withRun(after, place.index, { memory });
  switch (verdict) {
    case 'arrived':
      return [{ what, state: arrives(place, after, seen) }];
    case 'confirm':
      return reads(after).map((read) => {
        const isThere = read.shown.status === wanted;
        const next = isThere ? arrives(place, read.state, seen) : withRun(read.state, place.index, { memory });
        return { what: `${what}, and by a read of its own ${describe(read)}`, state: next };
      });
    case 'rebuilt':
    case 'stopped-by-others':
      return [{ what, state: failsWith(place, after, { type: 'ChangedUnderneath', seen }) }];
    case 'reverted':
      return [
        {
          what,
          state: failsWith(place, after, {
            type: place.run.step === 'wait-stopped' ? 'StopReverted' : 'StartRefused',
            seen,
          }),
        },
      ];
    case 'go-on':
      return [{ what, state: goesOn }];
  }
}

/** What ends any wait. */
function unusual(place: Place, { shown, state: after, isFresh }: Read): State | null {
  const seen = toSeen(shown);
  if (shown.status === 'error') return failsWith(place, after, { type: 'VmInError', seen });
  // A VM that a list leaves out is read by its id, afresh.
  if (shown.status === 'deleted' && isFresh) return failsWith(place, after, { type: 'VmDeleted', seen });
  return null;
}

function arrives({ scenario, index, run }: Place, from: State, seen: Seen): State {
  const looked = noted(from, index, { seen, hasCalled: false });
  const known = SETTLES.includes(run.step) ? withRun(looked, index, { mayBeOut: false }) : looked;
  switch (run.step) {
    case 'undo-rest':
    case 'finish-rest':
      return afterRest(scenario, known, index, seen);
    case 'undo-wait':
    case 'finish-wait':
      return undone(scenario, known, index);
    case 'settle':
      return afterSettling(scenario, known, index, null);
    case 'settle-calls':
      return afterCalls(scenario, known, index);
    case 'wait-back':
      return powerAsAsked(scenario, known, index, seen);
    default:
      return go(scenario, known, index, AFTER[run.step] ?? 'verify');
  }
}

function afterRest(scenario: Scenario, state: State, index: number, seen: Seen): State {
  const { step, lookedBack } = runAt(state, index);
  if (step === 'finish-rest')
    return seen.status === 'stopped' && lookedBack?.abandoned === 'running'
      ? go(scenario, state, index, 'finish-start')
      : undone(scenario, state, index);
  return seen.status === 'running' ? undone(scenario, state, index) : go(scenario, state, index, 'undo-start');
}

function powerAsAsked(scenario: Scenario, state: State, index: number, seen: Seen): State {
  const power = runAt(state, index).plan?.power ?? 'stopped';
  if (seen.status === power) return go(scenario, state, index, 'verify');
  return go(scenario, state, index, power === 'stopped' ? 'stop-again' : 'start');
}

/** Another worker takes a wait up. What the last heartbeat said may be older than the last look. */
function restarts({ state, index, run: { memory } }: Place): Next[] {
  if (memory.last === null && memory.held === 'no') return [];
  const restarted = withRun(state, index, { memory: { ...memory, last: null, seen: null, held: 'no' } });
  return [{ what: "'s wait is taken up by another worker", state: restarted }];
}

function comesToRest(place: Place, rebuildIsForeign: boolean): Next[] {
  const { state, run } = place;
  const { memory } = run;
  const looks = reads(state).flatMap((read): Next[] => {
    const { shown, state: after } = read;
    const what = describe(read);
    const early = unusual(place, read);
    if (early !== null) return [{ what, state: early }];
    const held = holding(memory, shown.status);
    const verdict = whileComingToRest({
      status: shown.status,
      heldForMs: heldForMs(held),
      settleMs: SETTLE_MS,
      rebuildIsForeign,
      callMayBeOut: run.mayBeOut,
    });
    return ofVerdict(place, {
      verdict,
      what,
      after,
      seen: toSeen(shown),
      wanted: shown.status,
      memory: { ...memory, last: shown.status, held, seen: toSeen(shown) },
    });
  });
  return [...looks, ...hasHeld(place), ...restarts(place)];
}

function holding({ last, held }: Memory, status: string): Memory['held'] {
  return last === status ? held : 'yes';
}

function heldForMs(held: Memory['held']): number {
  return held === 'settled' ? SETTLE_MS : 0;
}

/** All looks of a settle time have shown the same: then it is so. */
function hasHeld({ scenario, state, index, run: { memory } }: Place): Next[] {
  const isSame = state.vm.status === memory.last && state.vm.image === memory.seen?.image;
  const isStill = isSame || scenario.windows.includes('stale-for-long');
  const settled = memory.held === 'yes' && isStill ? settles(scenario, state) : null;
  if (settled === null) return [];
  const what = `has seen ${memory.last} for a settle time`;
  return [{ what, state: withRun(settled, index, { memory: { ...memory, held: 'settled' } }) }];
}

/** A call whose answer was lost would have shown by now. */
function hasSettled({ scenario, state, index }: Place): Next[] {
  const settled = settles(scenario, state);
  if (settled === null) return [];
  return [{ what: 'knows that what was lost would have shown', state: afterCalls(scenario, settled, index) }];
}

function finds(place: Place): Next[] {
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
      return { what, state: failsWith(place, after, { type: 'RebuildOutcomeUnknown', callMayBeOut: true, seen }) };
    return { what, state: notLanded(scenario, noted(after, index, { seen, hasCalled: false }), index) };
  });
}

function findsWhileSettling(place: Place): Next[] {
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
    callMayBeOut: false,
  });
}

function comesBack(place: Place): Next[] {
  const { scenario, state, index, run } = place;
  const target = targetOf(scenario, run);
  const look = (read: Read, memory: Memory) => {
    const observation = toObservation(read.shown);
    const held = memory.held === 'settled' ? 'settled' : 'yes';
    const rests = isAtRest(read.shown) ? held : 'no';
    const after = {
      ...afterLook(target, observation, memory),
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
    const type = rebuilt === 'no-trace' ? 'RebuildOutcomeUnknown' : 'ChangedUnderneath';
    return { what, state: failsWith(place, after, { type, seen }), isProven: false };
  });
}

const typeOf = {
  'other-image': 'RebuildNotApplied',
  'no-trace': 'RebuildNotApplied',
  'same-disk': 'RebuildOutcomeUnknown',
  'other-power': 'ChangedUnderneath',
} as const;

function verifies(place: Place): Next[] {
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
    if (!run.settled) return [];
    const type = typeOf[verdict];
    const facts = factsOfFailed({ type, seen }, phaseOf('verify'));
    return [{ what, state: failedBy(scenario, after, index, { type: facts.type, seen }) }];
  });
  const settled = run.settled ? null : settles(scenario, state);
  return settled === null
    ? looks
    : [...looks, { what: 'has verified for a settle time', state: withRun(settled, index, { settled: true }) }];
}
