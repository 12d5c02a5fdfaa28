import {
  isAtRest,
  type PowerRead,
  type PowerVerdict,
  whileComingToRest,
  whileStarting,
  whileStopping,
} from '../../activities/decisions/power-call.js';
import { isErasedByItself, isRebuiltSince } from '../../workflows/decisions/power-back.js';
import { reads, readsWithMarker, SETTLE_MS } from './cloud.js';
import { comesBack, verifies } from './comes-back.js';
import { finds, findsWhileSettling } from './finds.js';
import {
  arrives,
  describe,
  failsWith,
  hasHeld,
  hasSettled,
  heldForMs,
  holding,
  type Place,
  restarts,
  toSeen,
  unusual,
} from './looking.js';
import { toPlan } from './plan.js';
import { cancelled, go } from './runs.js';
import { type Memory, type Next, type Scenario, type Seen, type State, withRun } from './state.js';

/** What the reading steps of all runs may do next. */
export function readingSteps(scenario: Scenario, state: State): Next[] {
  return state.runs.flatMap((run, index) => {
    const steps = run.isCutShort ? [] : stepsOf({ scenario, state, index, run });
    return steps.map(({ what, state: next }) => ({ what: `run ${index + 1} ${what}`, state: next }));
  });
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

type Judge = (look: PowerRead) => PowerVerdict;

/** @param wanted - the status that a read of its own has to show, too. By default the one that the look has shown */
function waits(place: Place, judge: Judge, passing?: string, wanted?: string): Next[] {
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
    const seen = toSeen(shown);
    const remembered = { ...memory, sawPassing, last: shown.status, held, seen };
    return ofVerdict(place, { verdict, what, after, seen, wanted: wanted ?? shown.status, memory: remembered });
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
      return [{ what, state: failsWith(place, after, { type: 'ConcurrentChange', seen }) }];
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

function comesToRest(place: Place, rebuildIsForeign: boolean): Next[] {
  const callMayBeInFlight = place.run.mayBeOut;
  return waits(place, (look) => whileComingToRest({ ...look, rebuildIsForeign, callMayBeInFlight }));
}
