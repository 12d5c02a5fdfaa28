import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from './explore.js';
import { scenario } from './scenarios.js';
import type { Scenario, State } from './state.js';

const ALL_WINDOWS = ['sleep-before-wire', 'late-call', 'stale-for-long', 'foreign-rebuild'] as const;

/** Where all windows are open much goes wrong: what is left out must leave every bit of it, as soon. */
const SCENARIOS: readonly Scenario[] = [
  scenario('another image', { repeats: 1, staleReads: 1, deadlines: 1 }),
  scenario('another image', { repeats: 1, stalls: 1 }, ALL_WINDOWS),
  scenario('another image', { repeats: 1, cancels: 1, failures: 1 }),
  scenario('the same image', { repeats: 1, foreignActs: 1 }, ALL_WINDOWS),
  scenario('the same image', { staleReads: 2 }, ALL_WINDOWS),
  scenario('a stopped VM', { repeats: 1, laterRuns: 1 }, ALL_WINDOWS),
  scenario('a stopped VM', { resets: 1, cancels: 1, deadlines: 1 }, ALL_WINDOWS),
  scenario('no room for a marker', { repeats: 1, failures: 1, deadlines: 1 }, ALL_WINDOWS),
  scenario('no room for a marker', { repeats: 1, resets: 1 }),
];

/** What came of an exploration: all that was wrong, and how any run ended, with the steps that it takes to come to it. */
function endsOf(each: Scenario, isPlain: boolean): Map<string, number> {
  const ends = new Map<string, number>();
  const note = (what: string, depth: number) => {
    if (!ends.has(what)) ends.set(what, depth);
  };
  const onStep = (before: State, after: State, depth: number) => {
    if (after.wrong !== null) note(after.wrong, depth);
    after.runs.forEach(({ result }, index) => {
      if (result === null || result === before.runs[index]?.result) return;
      const { vm, erased } = after;
      const counts = Object.entries(erased).toSorted(([one], [other]) => one.localeCompare(other));
      note(JSON.stringify([index, result, vm.status, vm.image, counts]), depth);
    });
  };
  explore(each, { isPlain, onStep, finds: /^$/ });
  return new Map([...ends].toSorted(([one], [other]) => one.localeCompare(other)));
}

describe('what the model leaves out of its states', () => {
  for (const each of SCENARIOS)
    it(`${each.name}: with and without it the same goes wrong, and runs end alike, as soon`, () => {
      const plain = endsOf(each, true);

      assert.deepEqual([...endsOf(each, false)], [...plain]);
      assert.ok(plain.size > 5, `${plain.size} ends are too few to tell`);
    });
});
