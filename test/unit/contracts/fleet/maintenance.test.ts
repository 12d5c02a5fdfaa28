import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseInput } from '../../../../client/connection/parse-input.js';
import { Maintenance } from '../../../../contracts/fleet/maintenance.js';

const withBlackout = (blackout: unknown) => ({
  zone: 'Asia/Shanghai',
  windows: [{ from: '22:00', to: '02:00' }],
  blackout: [blackout],
});

describe('blackout dates', () => {
  it('given a span of one day or more, then it is taken', () => {
    for (const to of ['2026-12-31', '2027-01-03'])
      assert.doesNotThrow(() => parseInput(Maintenance, withBlackout({ from: '2026-12-31', to })));
  });

  it('given a span that ends before it begins, then it is refused: it would hold nothing back', () => {
    assert.throws(
      () => parseInput(Maintenance, withBlackout({ from: '2027-01-03', to: '2026-12-31' })),
      /blackout.*is before `from`/,
    );
  });
});
