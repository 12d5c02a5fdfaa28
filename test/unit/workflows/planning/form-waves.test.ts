import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formWaves } from '../../../../workflows/planning/waves.js';
import { holds } from '../../../fuzz/holds.js';

const fleet = (count: number) => Array.from({ length: count }, (_, index) => ({ instanceId: `i-${index}` }));
type Policy = Parameters<typeof formWaves>[1];

const ROWS: readonly { name: string; count: number; policy: Policy; sizes: number[]; canary?: boolean }[] = [
  { name: 'no VM: no wave', count: 0, policy: { canary: 1, waves: ['100%'] }, sizes: [] },
  { name: 'a canary alone', count: 1, policy: { canary: 1, waves: ['100%'] }, sizes: [1] },
  { name: 'a canary and the rest', count: 10, policy: { canary: 1, waves: ['100%'] }, sizes: [1, 9] },
  { name: 'no canary', count: 10, policy: { canary: 0, waves: ['100%'] }, sizes: [10], canary: false },
  { name: 'a canary of 0%', count: 10, policy: { canary: '0%', waves: [5] }, sizes: [5, 5], canary: false },
  { name: 'the last entry repeats', count: 20, policy: { canary: 1, waves: [1, 5] }, sizes: [1, 1, 5, 5, 5, 3] },
  {
    name: 'percentages are of the whole fleet',
    count: 100,
    policy: { canary: 10, waves: ['10%', '50%'] },
    sizes: [10, 10, 50, 30],
  },
  { name: 'percentages are rounded up', count: 7, policy: { canary: '1%', waves: ['25%'] }, sizes: [1, 2, 2, 2] },
  { name: 'no wave is larger than what is left', count: 3, policy: { canary: 2, waves: [50] }, sizes: [2, 1] },
  { name: 'no canary is larger than the fleet', count: 3, policy: { canary: 50, waves: [1] }, sizes: [3] },
  { name: 'a canary of 100% is all', count: 3, policy: { canary: '100%', waves: [1] }, sizes: [3] },
];

describe('formWaves', () => {
  for (const { name, count, policy, sizes, canary = true } of ROWS) {
    it(name, () => {
      const { waves } = formWaves(fleet(count), policy);
      assert.deepEqual(
        waves.map(({ size }) => size),
        sizes,
      );
      const first = canary ? ['canary'] : [];
      assert.deepEqual(
        waves.map(({ name: wave }) => wave),
        [...first, ...sizes.slice(first.length).map((_, n) => `wave ${n + 1 + first.length}`)].slice(0, sizes.length),
      );
    });
  }

  it('given VMs named as the canary, then those that the fleet has go first', () => {
    const { members, waves } = formWaves(fleet(4), {
      canary: { instanceIds: ['i-2', 'i-gone', 'i-1'] },
      waves: ['100%'],
    });
    assert.deepEqual(
      members.map(({ instanceId }) => instanceId),
      ['i-1', 'i-2', 'i-0', 'i-3'],
    );
    assert.deepEqual(waves, [
      { name: 'canary', size: 2 },
      { name: 'wave 2', size: 2 },
    ]);
  });

  it('given only canaries that the fleet does not have, then there is none', () => {
    const { waves } = formWaves(fleet(2), { canary: { instanceIds: ['i-gone'] }, waves: ['100%'] });
    assert.deepEqual(waves, [{ name: 'wave 1', size: 2 }]);
  });

  it('whatever the policy, puts every VM in exactly one wave, and none is empty', async () => {
    const percent = fc.integer({ min: 1, max: 100 }).map((n) => `${n}%`);
    const size = fc.oneof(fc.integer({ min: 1, max: 300 }), percent);
    const canary = fc.oneof(
      fc.constantFrom(0, '0%'),
      size,
      fc
        .array(
          fc.nat(250).map((n) => `i-${n}`),
          { minLength: 1, maxLength: 5 },
        )
        .map((instanceIds) => ({ instanceIds })),
    );
    const property = fc.property(
      fc.nat(250),
      canary,
      fc.array(size, { minLength: 1, maxLength: 5 }),
      (count, first, waves) => {
        const formed = formWaves(fleet(count), { canary: first, waves });
        assert.ok(formed.waves.every((wave) => wave.size >= 1));
        assert.equal(
          formed.waves.reduce((sum, wave) => sum + wave.size, 0),
          count,
        );
        assert.equal(new Set(formed.members.map(({ instanceId }) => instanceId)).size, count);
      },
    );
    await holds(property, 300);
  });
});
