import { administrativeSteps, newRun } from './admin.js';
import { answered, attemptSteps } from './attempts.js';
import { deliveries, finish, foreignActs } from './cloud.js';
import { keyOf } from './keys.js';
import { isAtEnd, isUnderWay, withoutPast } from './matters.js';
import { Seen } from './seen.js';
import { type Next, OLD_IMAGE, type Scenario, type State } from './state.js';
import { readingSteps } from './waits.js';

/** What an exploration has come to. */
export interface Exploration {
  readonly states: number;
  /** Steps from the beginning to the state that is farthest from it. */
  readonly depth: number;
  /** What is wrong in the first state in which anything is, with the shortest way to it; null where nothing is. */
  readonly wrong: { readonly what: string; readonly story: readonly string[] } | null;
}

export function initialState({ power, bounds }: Scenario): State {
  return {
    vm: { status: power, image: OLD_IMAGE, disk: 0, marker: null, next: null, by: null, era: 0 },
    past: [],
    wire: [],
    isForeign: false,
    erased: {},
    runs: [newRun('op-1', true)],
    attempts: [],
    left: bounds,
    wrong: null,
  };
}

/** Everything that may come next. */
export function nextOf(scenario: Scenario, state: State): Next[] {
  const all = [
    ...readingSteps(scenario, state),
    ...attemptSteps(scenario, state),
    ...deliveries(scenario, state, (after, call, answer) => answered(scenario, after, call, answer)),
    ...finish(state),
    ...administrativeSteps(scenario, state),
    ...foreignActs(scenario, state),
  ];
  return all.map(({ what, state: next }) => ({ what, state: judged(state, next) }));
}

/** Holds each step against what must be so at any time. */
function judged(before: State, after: State): State {
  if (after.wrong !== null) return after;
  const twice = Object.entries(after.erased).find(([, count]) => count > 1);
  if (twice !== undefined) return { ...after, wrong: `${twice[0]} has erased the disk twice` };
  if (after.vm === before.vm) return after;
  const by = performer(before, after);
  if (by === null) return after;
  const run = after.runs[by.run];
  if (run?.step === 'ended') return { ...after, wrong: `a ${by.kind} takes effect after the end of its run` };
  if (by.kind !== 'rebuild') return after;
  const other = after.runs.find(
    ({ step, operation, isCutShort, isTouched }, at) =>
      at !== by.run && operation !== run?.operation && isTouched && !isCutShort && step !== 'ended',
  );
  // Whoever ends a run by force has let its lock go.
  if (run?.isCutShort === true) return after;
  return other === undefined
    ? after
    : { ...after, wrong: `${run?.operation} erases the disk while ${other.operation} is at it` };
}

const BEGINNINGS: Record<string, string> = { stopping: 'stop', starting: 'start', rebuilding: 'rebuild' };

/** Whose call has just taken effect; null where none has. */
function performer(before: State, after: State): { readonly run: number; readonly kind: string } | null {
  const { status, by } = after.vm;
  const kind = BEGINNINGS[status];
  const isBegun = before.vm.status !== status && kind !== undefined && after.wire.length < before.wire.length;
  return isBegun && by !== null && by >= 0 ? { run: by, kind } : null;
}

export interface Options {
  /** What is looked for; all else that is wrong is passed over. @default anything */
  readonly finds?: RegExp;
  /** Takes states for one only where they are the same in all that they hold: for a check of what is left out. @default false */
  readonly isPlain?: boolean;
  /** Called for each step from one state to another, and how far that is from the beginning. */
  readonly onStep?: (before: State, after: State, depth: number) => void;
  readonly onProgress?: (states: number, depth: number) => void;
}

/** Explores every interleaving, the shortest first, until nothing new comes, or something wrong does. */
export function explore(scenario: Scenario, options: Options = {}): Exploration {
  const { finds = /./, isPlain = false, onStep, onProgress } = options;
  const toKey = isPlain ? JSON.stringify : keyOf;
  const seen = new Seen();
  const start = initialState(scenario);
  seen.add(toKey(start), 0, '');
  let level: { readonly state: State; readonly index: number }[] = [{ state: start, index: 0 }];
  let depth = 0;
  const endsAt = (what: string, index: number): Exploration => ({
    states: seen.size,
    depth,
    wrong: { what, story: seen.storyTo(index) },
  });
  while (level.length > 0) {
    depth += 1;
    const nextLevel: typeof level = [];
    for (const { state, index } of level) {
      const all = nextOf(scenario, state);
      if (all.length === 0 && state.runs.some(isUnderWay)) return endsAt('a run does not end', index);
      for (const { what, state: next } of all) {
        onStep?.(state, next, depth);
        const isFound = next.wrong !== null && finds.test(next.wrong);
        const after = isFound || next.wrong === null ? next : { ...next, wrong: null };
        const kept = isPlain ? after : withoutPast(after);
        if (!isFound && !isPlain && isAtEnd(kept)) continue;
        const added = seen.add(toKey(kept), index, what);
        if (added === null) continue;
        if (kept.wrong !== null) return endsAt(kept.wrong, added);
        nextLevel.push({ state: kept, index: added });
      }
    }
    onProgress?.(seen.size, depth);
    level = nextLevel;
  }
  return { states: seen.size, depth, wrong: null };
}
