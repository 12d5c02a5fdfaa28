import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rebuildTimesOf } from '../../../../activities/fleet/planning-activities.js';

describe('rebuildTimesOf', () => {
  const ROWS: readonly { name: string; seconds: number[]; p50: number; p90: number }[] = [
    { name: 'one rebuild', seconds: [70], p50: 70, p90: 70 },
    { name: 'two rebuilds', seconds: [90, 70], p50: 70, p90: 90 },
    { name: 'ten rebuilds, in any order', seconds: [10, 9, 8, 7, 6, 1, 2, 3, 4, 5], p50: 5, p90: 9 },
    { name: 'eleven rebuilds', seconds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], p50: 6, p90: 10 },
  ];
  for (const { name, seconds, p50, p90 } of ROWS) {
    it(`of ${name}`, () =>
      assert.deepEqual(rebuildTimesOf(seconds, false), { p50Seconds: p50, p90Seconds: p90, samples: seconds.length }));
  }

  it('assumes times where there are none, longer ones with a backup, and says so', () => {
    const [plain, backup] = [rebuildTimesOf([], false), rebuildTimesOf([], true)];
    assert.deepEqual([plain.samples, backup.samples], [0, 0]);
    assert.ok(plain.p50Seconds < plain.p90Seconds && plain.p90Seconds < backup.p90Seconds);
  });
});
