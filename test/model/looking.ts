import { SETTLE_MS, type Read, settles } from './cloud.js';
import { afterCalls, afterSettling, failedBy, go, undone } from './runs.js';
import { noted, runAt } from './record.js';
import {
  type Failed,
  type Memory,
  type Next,
  type Run,
  type Scenario,
  type Seen,
  type State,
  type Step,
  type Vm,
  withRun,
} from './state.js';

export interface Place {
  readonly scenario: Scenario;
  readonly state: State;
  readonly index: number;
  readonly run: Run;
}

export function toSeen({ status, image, era }: Vm): Seen {
  return { status, image, era };
}

export function failsWith({ scenario, index }: Place, from: State, failed: Failed): State {
  return failedBy(scenario, from, index, failed);
}

export function describe({ shown, isFresh }: Read): string {
  return `sees ${shown.status} with ${shown.image}${isFresh ? '' : ' (stale)'}`;
}

/** Waits at whose end a call whose answer was lost would have shown. */
const SETTLES: readonly Step[] = ['undo-rest', 'finish-rest', 'settle', 'settle-calls'];

const AFTER: Partial<Record<Step, Step>> = {
  'wait-stopped': 'rebuild',
  'wait-stopped-again': 'verify',
  'wait-running': 'verify',
};

/** What ends any wait. */
export function unusual(place: Place, { shown, state: after, isFresh }: Read): State | null {
  const seen = toSeen(shown);
  if (shown.status === 'error') return failsWith(place, after, { type: 'VmInError', seen });
  // A VM that a list leaves out is read by its id, afresh.
  if (shown.status === 'deleted' && isFresh) return failsWith(place, after, { type: 'VmDeleted', seen });
  return null;
}

export function arrives({ scenario, index, run }: Place, from: State, seen: Seen): State {
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
export function restarts({ state, index, run: { memory } }: Place): Next[] {
  if (memory.last === null && memory.held === 'no') return [];
  const restarted = withRun(state, index, { memory: { ...memory, last: null, seen: null, held: 'no' } });
  return [{ what: "'s wait is taken up by another worker", state: restarted }];
}

export function holding({ last, held }: Memory, status: string): Memory['held'] {
  return last === status ? held : 'yes';
}

export function heldForMs(held: Memory['held']): number {
  return held === 'settled' ? SETTLE_MS : 0;
}

/** All looks of a settle time have shown the same: then it is so. */
export function hasHeld({ scenario, state, index, run: { memory } }: Place): Next[] {
  const isSame = state.vm.status === memory.last && state.vm.image === memory.seen?.image;
  const isStill = isSame || scenario.windows.includes('stale-for-long');
  const settled = memory.held === 'yes' && isStill ? settles(scenario, state) : null;
  if (settled === null) return [];
  const what = `has seen ${memory.last} for a settle time`;
  return [{ what, state: withRun(settled, index, { memory: { ...memory, held: 'settled' } }) }];
}

/** A call whose answer was lost would have shown by now. */
export function hasSettled({ scenario, state, index }: Place): Next[] {
  const settled = settles(scenario, state);
  if (settled === null) return [];
  return [{ what: 'knows that what was lost would have shown', state: afterCalls(scenario, settled, index) }];
}
