import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryAfterMs } from '../../../jdcloud/clocks.js';

const NOW = new Date('2026-11-24T00:00:00Z');

const ROWS: readonly (readonly [header: string | null, milliseconds: number | null])[] = [
  [null, null],
  ['', null],
  ['0', 0],
  [' 120 ', 120_000],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
  ['2026', 2_026_000],
  ['Tue, 24 Nov 2026 00:00:10 GMT', 10_000],
  ['Mon, 23 Nov 2026 00:00:00 GMT', 0],
  ['Tue, nonsense', null],
];

describe('a Retry-After header', () => {
  for (const [header, milliseconds] of ROWS) {
    it(`of ${JSON.stringify(header)} means ${milliseconds === null ? 'nothing' : `${milliseconds} ms`}`, () => {
      assert.equal(retryAfterMs(header, NOW), milliseconds);
    });
  }
});
