import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EstimateFacts, estimateOf } from '../../../../workflows/planning/estimate.js';

const TIMES = { p50Seconds: 100, p90Seconds: 160, samples: 1 };
const spread = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ az: n % 4 === 0 ? 'b' : 'a', group: n < 2 ? 'x' : null }));
const limits = (unavailable: EstimateFacts['limits']['unavailable'], failures = { fleet: 0, strict: false }) => ({
  unavailable,
  failures,
  held: 1,
});

const ROWS: readonly { name: string; sizes: number[]; limits: EstimateFacts['limits']; seconds: number }[] = [
  { name: 'no VM', sizes: [], limits: limits({ fleet: 1 }), seconds: 0 },
  { name: 'all at once', sizes: [8], limits: limits({ fleet: 8 }), seconds: 160 },
  { name: 'in rounds of the limit', sizes: [8], limits: limits({ fleet: 3 }), seconds: 2 * 100 + 160 },
  { name: 'wave by wave', sizes: [1, 7], limits: limits({ fleet: 4 }), seconds: 160 + 100 + 160 },
  {
    name: 'by the tightest zone',
    sizes: [8],
    limits: limits({ fleet: 8, perAz: { a: 2, b: 2 } }),
    seconds: 2 * 100 + 160,
  },
  { name: 'by the tightest group', sizes: [8], limits: limits({ fleet: 8, perGroup: { x: 1 } }), seconds: 100 + 160 },
  {
    name: 'by a strict budget',
    sizes: [8],
    limits: limits({ fleet: 8 }, { fleet: 1, strict: true }),
    seconds: 3 * 100 + 160,
  },
];

describe('estimateOf', () => {
  for (const { name, sizes, limits: given, seconds } of ROWS) {
    it(name, () => {
      const count = sizes.reduce((sum, size) => sum + size, 0);
      const waves = sizes.map((size, n) => ({ name: `wave ${n}`, size }));
      const facts = { waves, members: spread(count), limits: given, rebuild: TIMES };
      const plain = estimateOf({ ...facts, template: { backup: 'none' } });
      assert.equal(plain.totalSeconds, seconds);
      assert.equal(plain.apiCalls, count * 23 + Math.ceil(seconds / 5));
      assert.equal(estimateOf({ ...facts, template: { backup: 'image' } }).apiCalls - plain.apiCalls, count * 12);
    });
  }
});
