import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitOccurrences } from '../../../../../client/rehearsal/timeline.js';

const NOW = Date.parse('2026-11-24T20:00:00Z');
const opening = (day: number, minutes: number) => ({
  opensAt: `2026-11-${day}T22:00:00.000Z`,
  closesAt: new Date(Date.parse(`2026-11-${day}T22:00:00Z`) + minutes * 60_000).toISOString(),
  local: `day ${day}`,
});
const countsOf = ({ occurrences, left }: ReturnType<typeof fitOccurrences>) => [
  ...occurrences.map(({ starts }) => starts),
  left,
];
const fit = (starts: readonly number[], minutes: number, p90Seconds: number, from = NOW) =>
  countsOf(fitOccurrences(starts, { openings: [opening(24, minutes), opening(25, minutes)], p90Seconds, from }));

describe('the starts of a rehearsal in the openings of windows', () => {
  it('given one that is long enough, then all start in it', () => {
    assert.deepEqual(fit([0, 60, 120], 10, 300), [3, 0, 0]);
  });

  it('given what would not be over at the close, then it waits for the next one, and all after it keep their distance', () => {
    // The last start of the first day is at minute 5; the third moves to the next day, the fourth stays a minute behind.
    assert.deepEqual(fit([0, 300, 301, 361], 10, 300), [2, 2, 0]);
    assert.deepEqual(fit([0, 301, 601], 10, 300), [1, 2, 0]);
    assert.deepEqual(fit([0, 301, 602], 10, 300), [1, 1, 1]);
  });

  it('given an opening that is under way, then only the rest of it counts; one that is over, not at all', () => {
    assert.deepEqual(fit([0, 60], 10, 300, Date.parse('2026-11-24T22:04:30Z')), [1, 1, 0]);
    assert.deepEqual(fit([0, 60], 10, 300, Date.parse('2026-11-25T06:00:00Z')), [0, 2, 0]);
  });

  it('given openings that are too short, or none, then nothing ever starts', () => {
    assert.deepEqual(fit([0, 60], 4, 300), [0, 0, 2]);
    assert.deepEqual(countsOf(fitOccurrences([0], { openings: [], p90Seconds: 300, from: NOW })), [1]);
  });
});
