import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { paceOf, RehearsalClock } from '../../../../../client/rehearsal/timeline.js';

const START = Date.parse('2026-11-24T10:00:00Z');
const at = (seconds: number) => START + seconds * 1000;

describe('the clock of a rehearsal', () => {
  // 5 s of rebuilding, 3 s of a bake that is a minute, 5 s of rebuilding.
  const clock = new RehearsalClock({
    startedAt: START,
    pace: 15,
    bakes: [{ from: at(5), until: at(8) }],
    bakeSeconds: 60,
  });

  it('given time of rebuilding, then it counts by the pace, a bake by its full length', () => {
    const moments = [0, 5, 6.5, 8, 13];
    assert.deepEqual(
      moments.map((seconds) => clock.secondsAt(at(seconds))),
      [0, 75, 105, 135, 210],
    );
  });

  it('given a moment before the start, then it is the start', () => {
    assert.equal(clock.secondsAt(at(-3)), 0);
  });

  it('given bakes of no length, then they count for nothing', () => {
    const bakes = [{ from: at(5), until: at(5) }];
    assert.equal(new RehearsalClock({ startedAt: START, pace: 10, bakes, bakeSeconds: 0 }).secondsAt(at(9)), 90);
  });
});

describe('the pace of a rehearsal', () => {
  it('given rebuilds that took longer than compressed, then what is too much is taken off', () => {
    // 100 s at 20 times the speed are 5 s; 8 s were needed: a second stood for 12.5.
    assert.equal(paceOf([8_000, 8_000], 100, 20), 12.5);
  });

  it('given rebuilds that took no longer, or none, then it is what was asked for', () => {
    assert.equal(paceOf([4_000], 100, 20), 20);
    assert.equal(paceOf([], 100, 20), 20);
    assert.equal(paceOf([0], 100, 20), 20);
  });
});
