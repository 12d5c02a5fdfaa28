import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TransitionTimes } from '../../../activities/polling/region-poller.js';

const INTERVAL = 5_000;

describe('pauses between looks', () => {
  it('are half an interval at the beginning of a transition never seen, and one interval in the long run', () => {
    const times = new TransitionTimes();
    assert.equal(times.pauseMs('stopping', 0, INTERVAL), INTERVAL / 2);
    assert.equal(times.pauseMs('stopping', 16_000, INTERVAL), 4_000);
    assert.equal(times.pauseMs('stopping', 60_000, INTERVAL), INTERVAL);
  });

  it('are half of what usually remains, four intervals at most', () => {
    const times = new TransitionTimes();
    times.record('rebuilding', 60_000);
    assert.equal(times.pauseMs('rebuilding', 0, INTERVAL), 4 * INTERVAL);
    assert.equal(times.pauseMs('rebuilding', 40_000, INTERVAL), 10_000);
    assert.equal(times.pauseMs('rebuilding', 58_000, INTERVAL), INTERVAL / 2);
  });

  it('grow to one interval for a transition that is overdue', () => {
    const times = new TransitionTimes();
    times.record('rebuilding', 60_000);
    assert.equal(times.pauseMs('rebuilding', 61_000, INTERVAL), INTERVAL / 2);
    assert.equal(times.pauseMs('rebuilding', 300_000, INTERVAL), INTERVAL);
  });

  it('follow what was seen last, so that one odd transition does not count for long', () => {
    const times = new TransitionTimes();
    times.record('stopping', 600_000);
    for (let i = 0; i < 20; i++) times.record('stopping', 20_000);
    assert.ok(times.pauseMs('stopping', 0, INTERVAL) < 2.1 * INTERVAL);
  });
});
