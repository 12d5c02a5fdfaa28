import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createCallBudget } from '../../../jdcloud/region-limiter.js';

/** When calls go that are asked for so many milliseconds after each other, each as soon as the budget lets it. */
function instantsOf(callsPerMinute: number, pauses: readonly number[]): number[] {
  const budget = createCallBudget(callsPerMinute);
  let now = 0;
  return pauses.map((pause) => {
    now += pause;
    now += budget.waitMs(now);
    budget.spend(now);
    return now;
  });
}

/** The most instants in any minute, both its ends counted, rounding aside. */
function mostInAMinute(instants: readonly number[]): number {
  return Math.max(...instants.map((from, at) => instants.slice(at).filter((to) => to - from < 60_000 + 1e-6).length));
}

describe('a budget of calls a minute', () => {
  it('given any times at which calls are asked for, then no minute has more than its calls', () => {
    const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(200), fc.nat(90_000)), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 120 }), pauses, (callsPerMinute, each) => {
        assert.ok(mostInAMinute(instantsOf(callsPerMinute, each)) <= callsPerMinute);
      }),
      { numRuns: 200 },
    );
  });

  it('given a rest before, then a sixth goes at once and the rest of the minute evenly', () => {
    const instants = instantsOf(
      600,
      Array.from({ length: 700 }, () => 0),
    );

    assert.equal(instants.filter((at) => at === 0).length, 100);
    assert.equal(mostInAMinute(instants), 600);
    assert.equal(Math.round(instants[100] ?? 0), 120);
    assert.equal(Math.round(instants[599] ?? 0), 60_000);
  });

  it('given two calls a minute, then it still lets them go', () => {
    assert.deepEqual(instantsOf(2, [0, 0, 0]), [0, 60_000, 120_000]);
  });
});
