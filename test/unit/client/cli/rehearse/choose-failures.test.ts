import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseFailures } from '../../../../../client/rehearsal/inject-failures.js';

const members = Array.from({ length: 30 }, (_, at) => ({ instanceId: `i-${at}`, az: `z${at % 3}` }));
const ids = members.map(({ instanceId }) => instanceId);

describe('which VMs fail in a rehearsal', () => {
  it('given a number and a seed, then as many, the same again, and also in another order of the plan', () => {
    const chosen = chooseFailures(members, { fail: 4, seed: 7 });
    assert.equal(chosen.length, 4);
    assert.deepEqual(chooseFailures(members, { fail: 4, seed: 7 }), chosen);
    assert.deepEqual(new Set(chooseFailures(members.toReversed(), { fail: 4, seed: 7 })), new Set(chosen));
  });

  it('given many seeds, then each VM is chosen about as often as any other', () => {
    const counts = new Map(ids.map((id) => [id, 0]));
    for (let seed = 0; seed < 1000; seed += 1)
      for (const id of chooseFailures(members, { fail: 3, seed })) counts.set(id, (counts.get(id) ?? 0) + 1);
    const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
    // 100 are expected of each; further off than five standard deviations is none of chance.
    assert.ok(least > 50 && most < 150, `${least} to ${most}`);
  });

  it('given a zone and ids, then all of them fail, and the number comes on top', () => {
    const zone = ids.filter((_, at) => at % 3 === 1);
    assert.deepEqual(chooseFailures(members, { failAz: ['z1'], seed: 1 }), zone);
    assert.deepEqual(chooseFailures(members, { failVm: ['i-9', 'i-2'], seed: 1 }), ['i-2', 'i-9']);
    const both = chooseFailures(members, { fail: 2, failAz: ['z1'], failVm: ['i-1', 'i-2'], seed: 1 });
    assert.equal(both.length, zone.length + 1 + 2);
    assert.equal(chooseFailures(members, { fail: 20, failAz: ['z1'], seed: 1 }).length, 30);
  });

  it('given nothing, then none', () => {
    assert.deepEqual(chooseFailures(members, { seed: 1 }), []);
  });

  const wrong = [
    {
      name: 'more than there are',
      wishes: { fail: 31 },
      says: /31 VMs cannot fail: the plan rebuilds 30\. \(--fail\)/,
    },
    { name: 'more than are left', wishes: { fail: 21, failAz: ['z0'] }, says: /rebuilds 20 beside those/ },
    {
      name: 'a zone without a VM',
      wishes: { failAz: ['mars'] },
      says: /no zone mars; there are z0, z1, z2\. \(--fail-az\)/,
    },
    { name: 'a VM of no wave', wishes: { failVm: ['i-0', 'i-99'] }, says: /no VM i-99; .*, …\. \(--fail-vm\)/ },
  ];
  for (const { name, wishes, says } of wrong)
    it(`given ${name}, then says what there is`, () => {
      assert.throws(() => chooseFailures(members, { ...wishes, seed: 1 }), says);
    });
});
