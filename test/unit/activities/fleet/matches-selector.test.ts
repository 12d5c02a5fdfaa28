import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matcherOf, matchesName, narrowingOf } from '../../../../activities/fleet/match-vms.js';
import { VmSelector } from '../../../../contracts/fleet/fleet-spec.js';
import { Instance } from '../../../../jdcloud/schemas.js';
import { holds } from '../../../fuzz/holds.js';

const VM = Instance.parse({
  instanceId: 'i-1',
  instanceName: 'web-1',
  imageId: 'img-1',
  vpcId: 'vpc-1',
  subnetId: 'subnet-1',
  az: 'cn-north-1a',
  instanceType: 'g.n2.large',
  status: 'running',
  tags: [{ key: 'app', value: 'web' }, { key: 'empty', value: '' }, { key: 'none' }],
});

const ROWS: readonly { selector: object; matches: boolean }[] = [
  { selector: { instanceIds: ['i-2', 'i-1'] }, matches: true },
  { selector: { instanceIds: ['i-2'] }, matches: false },
  { selector: { imageIds: ['img-1'] }, matches: true },
  { selector: { imageIds: ['img-2'] }, matches: false },
  { selector: { vpcIds: ['vpc-2'] }, matches: false },
  { selector: { subnetIds: ['subnet-2'] }, matches: false },
  { selector: { azs: ['cn-north-1b'] }, matches: false },
  { selector: { instanceTypes: ['g.n2.xlarge'] }, matches: false },
  { selector: { statuses: ['stopped'] }, matches: false },
  {
    selector: { statuses: ['stopped', 'running'], azs: ['cn-north-1a'], vpcIds: ['vpc-1'], subnetIds: ['subnet-1'] },
    matches: true,
  },
  { selector: { tags: [{ key: 'app' }] }, matches: true },
  { selector: { tags: [{ key: 'app', values: ['db', 'web'] }] }, matches: true },
  { selector: { tags: [{ key: 'app', values: ['db'] }] }, matches: false },
  { selector: { tags: [{ key: 'App' }] }, matches: false },
  { selector: { tags: [{ key: 'app' }, { key: 'tier' }] }, matches: false },
  { selector: { tags: [{ key: 'empty', values: [''] }] }, matches: true },
  { selector: { tags: [{ key: 'none', values: [''] }] }, matches: true },
  { selector: { name: 'web-*' }, matches: true },
  { selector: { name: 'web-?' }, matches: true },
  { selector: { name: 'web' }, matches: false },
  { selector: { name: 'eb-1' }, matches: false },
  { selector: { name: 'web.1' }, matches: false },
  { selector: { name: 'WEB-1' }, matches: false },
  { selector: { name: '*' }, matches: true },
];

describe('a selector', () => {
  for (const { selector, matches } of ROWS) {
    it(`${JSON.stringify(selector)} ${matches ? 'means' : 'does not mean'} the VM`, () =>
      assert.equal(matcherOf(VmSelector.parse(selector))(VM), matches));
  }

  it('of many ids reads each a few times, however many VMs are held against it', () => {
    const ids = Array.from({ length: 1_000 }, (_, number) => `i-${number}`);
    let reads = 0;
    const counted = new Proxy(ids, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(target, key);
      },
    });
    const isSelected = matcherOf({ instanceIds: counted });

    const selected = ids.map((id) => ({ ...VM, instanceId: `${id}0` })).filter(isSelected);

    assert.equal(selected.length, 99);
    assert.ok(reads <= 3 * ids.length, `${reads} reads`);
  });

  it('of a VM without name, zone or tags, means only what asks for none of them', () => {
    const bare = Instance.parse({ instanceId: 'i-1' });
    assert.equal(matcherOf({ instanceIds: ['i-1'] })(bare), true);
    assert.equal(matcherOf({ name: '*' })(bare), true);
    for (const selector of [{ name: '?*' }, { azs: ['a'] }, { tags: [{ key: 'app' }] }]) {
      assert.equal(matcherOf(selector)(bare), false);
    }
  });

  it('takes every name as a pattern for itself, whatever characters are in it', async () => {
    const name = fc.string({ unit: 'binary' }).filter((text) => !/[*?]/.test(text));
    await holds(
      fc.property(name, (text) => {
        assert.ok(matchesName(text, text));
        assert.ok(matchesName(`*${text}*`, `x${text}y`));
        assert.ok(!matchesName(text, `${text}x`));
      }),
      300,
    );
  });

  it('takes no long time over a pattern of many stars', () => {
    assert.equal(matchesName(`${'*a'.repeat(40)}*b`, 'a'.repeat(128)), false);
  });
});

describe('narrowingOf', () => {
  it('asks JD Cloud for all that it can filter by', () => {
    const selector = VmSelector.parse({ azs: ['a'], statuses: ['running'], name: 'web-*-1', tags: [{ key: 'app' }] });
    assert.deepEqual(narrowingOf(selector), {
      filters: [
        { name: 'az', values: ['a'] },
        { name: 'status', values: ['running'] },
        { name: 'name', values: ['web-'] },
      ],
      tags: [{ key: 'app' }],
    });
  });

  it('asks for nothing where there is nothing to filter by', () => {
    assert.deepEqual(narrowingOf(VmSelector.parse({ name: '*' })), {});
  });

  it('leaves out what does not fit into a URL', () => {
    const many = Array.from({ length: 100 }, (_, n) => `img-${String(n).padStart(30, '0')}`);
    const { filters = [] } = narrowingOf(VmSelector.parse({ imageIds: many, azs: ['a'] }));
    assert.deepEqual(
      filters.map(({ name }) => name),
      ['az'],
    );
  });
});
