import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RolloutPolicy } from '../../../../contracts/fleet/rollout-policy.js';
import { orderMembers } from '../../../../workflows/planning/waves.js';
import { holds } from '../../../fuzz/holds.js';

const member = (instanceId: string, az: string | null = 'a', rank = 0) => ({ instanceId, az, rank });
const idsOf = (members: readonly { instanceId: string }[]) => members.map(({ instanceId }) => instanceId).join(' ');
const TAG: RolloutPolicy['order'] = { by: 'tag', key: 'role', values: ['x', 'y'] };

const ROWS: readonly {
  name: string;
  order: RolloutPolicy['order'];
  members: ReturnType<typeof member>[];
  expected: string;
}[] = [
  {
    name: 'by id',
    order: { by: 'id' },
    members: ['b', 'B', 'a10', 'a2'].map((id) => member(id)),
    expected: 'B a10 a2 b',
  },
  {
    name: 'round-robin over zones, by zone and id, the largest zone last by itself',
    order: { by: 'az' },
    members: [member('4', 'z'), member('3', 'a'), member('1', 'a'), member('2', 'a'), member('5', 'b')],
    expected: '1 5 4 2 3',
  },
  {
    name: 'a VM without a zone is one of a zone of its own',
    order: { by: 'az' },
    members: [member('1'), member('2', null)],
    expected: '2 1',
  },
  {
    name: 'by rank of the tag, then by id',
    order: TAG,
    members: [member('a', 'a', 2), member('d', 'a', 1), member('c', 'a', 0), member('b', 'a', 1)],
    expected: 'c b d a',
  },
  {
    name: 'by seed 1',
    order: { by: 'random', seed: 1 },
    members: ['1', '2', '3', '4', '5'].map((id) => member(id)),
    expected: '2 3 1 5 4',
  },
  {
    name: 'by seed 2',
    order: { by: 'random', seed: 2 },
    members: ['1', '2', '3', '4', '5'].map((id) => member(id)),
    expected: '3 2 4 1 5',
  },
];

describe('orderMembers', () => {
  for (const { name, order, members, expected } of ROWS) {
    it(name, () => {
      assert.equal(idsOf(orderMembers(members, order)), expected);
      assert.equal(idsOf(orderMembers(members.toReversed(), order)), expected);
    });
  }

  it('keeps every VM once, whatever the order', async () => {
    const members = fc.uniqueArray(
      fc.record({ instanceId: fc.string(), az: fc.option(fc.constantFrom('a', 'b', 'c')), rank: fc.nat(3) }),
      { selector: ({ instanceId }) => instanceId },
    );
    const order = fc.oneof(
      fc.constantFrom<RolloutPolicy['order']>({ by: 'id' }, { by: 'az' }, TAG),
      fc.nat().map((seed): RolloutPolicy['order'] => ({ by: 'random', seed })),
    );
    const property = fc.property(members, order, (some, by) => {
      const ordered = orderMembers(some, by);
      assert.deepEqual(
        ordered.map(({ instanceId }) => instanceId).toSorted(),
        some.map(({ instanceId }) => instanceId).toSorted(),
      );
    });
    await holds(property, 200);
  });
});
