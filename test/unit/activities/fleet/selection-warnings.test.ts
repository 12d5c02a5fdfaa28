import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selectionWarnings } from '../../../../activities/fleet/selection-warnings.js';
import { FleetSpec, type FleetSpecInput } from '../../../../contracts/fleet/fleet-spec.js';
import { Instance } from '../../../../jdcloud/schemas.js';

const NOW = new Date('2026-11-30T20:00:00.000Z');

const vm = (instanceId: string, instanceName: string, az: string, tags: object[] = []) =>
  Instance.parse({ instanceId, instanceName, az, imageId: 'img-1', status: 'running', tags });
const GOLD = { key: 'tier', value: 'gold' };
const VMS = [vm('i-1', 'web-1', 'a', [GOLD]), vm('i-2', 'web-2', 'b'), vm('i-3', 'prod-1', 'b', [GOLD])];

function warned(written: Partial<FleetSpecInput>, vms = VMS): string[] {
  const spec = FleetSpec.parse({
    name: 'web',
    regionId: 'cn-north-1',
    select: { name: '*' },
    image: { id: 'img-2' },
    rebuild: { keyNames: ['ops'] },
    ...written,
  });
  return selectionWarnings({ spec, vms, now: NOW }).map(({ code, message }) => `${code}: ${message}`);
}

/** A beginning of each warning that is expected. */
const ROWS: readonly { name: string; given: Partial<FleetSpecInput>; warns: string[] }[] = [
  { name: 'no exclude', given: {}, warns: [] },
  { name: 'a pattern that matches', given: { exclude: { name: 'prod-*' } }, warns: [] },
  {
    name: 'a pattern that matches nothing',
    given: { exclude: { name: 'db-*' } },
    warns: ['exclude-matches-nothing: exclude.name db-* matches no VM'],
  },
  {
    name: 'a value of a list',
    given: { exclude: { azs: ['b', 'c'] } },
    warns: ['exclude-matches-nothing: exclude.azs c matches no VM'],
  },
  {
    name: 'an id that is not selected, and a tag of another value',
    given: { exclude: { instanceIds: ['i-1', 'i-9'], tags: [{ key: 'tier', values: ['gold', 'golden'] }] } },
    warns: [
      'exclude-matches-nothing: exclude.instanceIds i-9, exclude.tags tier=golden match no VM',
      'exclude-fields-combined: ',
    ],
  },
  {
    name: 'a key of a tag',
    given: { exclude: { tags: [{ key: 'Tier' }] } },
    warns: ['exclude-matches-nothing: exclude.tags Tier matches no VM'],
  },
  {
    name: 'fields of which one frees VMs that the other excludes',
    given: { exclude: { name: 'web-*', azs: ['b'] } },
    warns: [
      'exclude-fields-combined: exclude leaves alone only the VMs for which all of its fields hold: 1; name alone 2, azs alone 2. Not excluded: i-1, i-3.',
    ],
  },
  { name: 'fields that mean the same VMs', given: { exclude: { name: 'prod-*', instanceIds: ['i-3'] } }, warns: [] },
  {
    name: 'tags, of which a VM must have all',
    given: { exclude: { tags: [{ key: 'tier' }, { key: 'db' }] } },
    warns: ['exclude-matches-nothing: exclude.tags db ', 'exclude-fields-combined: '],
  },
  {
    name: 'a limit by a tag that nobody bears',
    given: { rollout: { maxUnavailable: { perTag: { key: 'Tier', max: 1 } } } },
    warns: ['limit-matches-nothing: rollout.maxUnavailable.perTag holds nobody back: no VM bears the tag Tier.'],
  },
  {
    name: 'an order by values that nobody has',
    given: { rollout: { order: { by: 'tag', key: 'tier', values: ['Gold'] } } },
    warns: ['order-matches-nothing: '],
  },
  {
    name: 'an order by a value that one has',
    given: { rollout: { order: { by: 'tag', key: 'tier', values: ['gold'] } } },
    warns: [],
  },
  {
    name: 'dates that are over by the zone of the windows, and some that are not',
    given: {
      rollout: {
        maintenance: {
          zone: 'Asia/Shanghai',
          windows: [{ from: '22:00', to: '02:00' }],
          blackout: [
            '2025-12-31',
            '2026-11-30',
            { from: '2026-11-01', to: '2026-11-30' },
            '2026-12-01',
            { from: '2026-11-01', to: '2026-12-24' },
          ],
        },
      },
    },
    warns: [
      'blackout-past: rollout.maintenance.blackout: 2025-12-31, 2026-11-30, 2026-11-01 to 2026-11-30 are over in Asia/Shanghai, where it is 2026-12-01',
    ],
  },
];

describe('selectionWarnings', () => {
  for (const { name, given, warns } of ROWS) {
    it(`given ${name}, then ${warns.length === 0 ? 'says nothing' : 'says so'}`, () => {
      const all = warned(given);
      assert.equal(all.length, warns.length, all.join('\n'));
      for (const [index, expected] of warns.entries()) assert.ok(all[index]?.startsWith(expected), all[index]);
    });
  }

  it('says nothing of guards where nobody is selected: that is told by itself', () => {
    assert.deepEqual(warned({ exclude: { name: 'db-*' } }, []), []);
  });

  it('holds ten thousand ids against as many VMs at once', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => vm(`i-${n}`, `web-${n}`, 'a'));
    const [first = ''] = warned({ exclude: { instanceIds: many.map(({ instanceId }) => `${instanceId}x`) } }, many);
    assert.match(first, /exclude\.instanceIds i-19x, and 9980 more match no VM/);
  });
});
