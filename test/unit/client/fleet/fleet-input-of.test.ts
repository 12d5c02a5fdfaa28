import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fleetInputOf } from '../../../../client/fleets/plan.js';
import { fleetIdOf } from '../../../../contracts/fleet/fleet-ids.js';
import { packMembers, unpackMembers } from '../../../../contracts/fleet/fleet-members.js';
import { FleetSpec, type FleetSpecInput } from '../../../../contracts/fleet/fleet-spec.js';
import { fleetPlan, row, SPEC } from './fleets.js';

describe('fleetInputOf', () => {
  it('holds the members in their order, and everything resolved', () => {
    const plan = fleetPlan({
      rows: [row('i-a3', 0, { group: 'x' }), row('i-a1', 1, { az: null }), row('i-a2', 1), row('i-a4', null)],
    });
    const input = fleetInputOf(plan);
    assert.deepEqual(
      unpackMembers(input.members).map(({ instanceId, az, group, imageBefore, image }) => [
        instanceId,
        az,
        group,
        imageBefore,
        image,
      ]),
      [
        ['i-a3', 'cn-north-1a', 'x', 'img-old', 'img-new'],
        ['i-a1', null, null, 'img-old', 'img-new'],
        ['i-a2', 'cn-north-1a', null, 'img-old', 'img-new'],
      ],
    );
    assert.deepEqual(
      [input.fleetId, input.planDigest, input.p90Seconds, input.rollout.bakeSeconds],
      [fleetIdOf('web', plan.digest), plan.digest, 200, 60],
    );
  });

  const APPROVALS = [
    { afterCanary: 'new-image', isNew: true, expected: true },
    { afterCanary: 'new-image', isNew: false, expected: false },
    { afterCanary: 'always', isNew: false, expected: true },
    { afterCanary: 'never', isNew: true, expected: false },
  ] as const;
  for (const { afterCanary, isNew, expected } of APPROVALS) {
    it(`given ${afterCanary} and an image that is ${isNew ? 'new' : 'known'}, then the canary ${expected ? 'waits' : 'does not wait'} for approval`, () => {
      const written: FleetSpecInput = { ...SPEC, rollout: { approval: { afterCanary } } };
      const image = { imageId: 'img-new', name: null, isNew };
      assert.equal(
        fleetInputOf(fleetPlan({ spec: FleetSpec.parse(written), image })).rollout.approval.afterCanary,
        expected,
      );
    });
  }

  it('holds the names of the VMs where there is room for them, and refuses no fleet for them', () => {
    const named = fleetInputOf(
      fleetPlan({ rows: [row('i-a1', 0, { name: 'web-1' }), row('i-a2', 1), row('i-a3', 1)] }),
    );
    assert.equal(unpackMembers(named.members)[0]?.name, 'web-1');
    const many = (count: number, name: string) =>
      fleetPlan({
        rows: Array.from({ length: count }, (_, at) => row(`i-${at}`, 0, { name: `${name}${at}` })),
        waves: [{ name: 'wave 1', size: count }],
      });
    const room = unpackMembers(fleetInputOf(many(5_000, 'web-of-the-shop-')).members);
    assert.equal(room[4_999]?.name, 'web-of-the-shop-4999');
    const none = fleetInputOf(many(10_000, '网站'.repeat(30))).members;
    assert.equal('names' in none, false);
    const script = { key: 'launch-script', value: 'x'.repeat(16_000) };
    const metadata = Array.from({ length: 20 }, (_, at) => ({ ...script, key: `${script.key}${at}` }));
    const spec = FleetSpec.parse({ ...SPEC, rebuild: { keyNames: ['ops'], metadata, backup: 'image' } });
    const full = fleetInputOf({ ...many(10_000, 'web-server-'), spec }).members;
    assert.deepEqual([full.instanceIds.length, 'names' in full], [10_000, false]);
    assert.ok('names' in fleetInputOf(many(10_000, 'web-server-')).members);
  });

  it('refuses a plan by which no VM is rebuilt', () => {
    assert.throws(() => fleetInputOf(fleetPlan({ rows: [row('i-a4', null)], waves: [] })), /rebuilds no VM/);
  });

  it('refuses a plan that gives a value of one VM to several, naming the field', () => {
    const spec = FleetSpec.parse({ ...SPEC, rebuild: { passwordRef: 'generate:file:/pw' } });
    const several = fleetPlan({ spec, rows: [row('i-a1', 0), row('i-a2', 0)], waves: [{ name: 'wave-1', size: 2 }] });
    assert.throws(() => fleetInputOf(several), /rebuild\.passwordRef: names one file/);
    const one = fleetPlan({ spec, rows: [row('i-a1', 0), row('i-a2', null)], waves: [{ name: 'wave-1', size: 1 }] });
    assert.equal(fleetInputOf(one).members.instanceIds.length, 1);
  });

  it('keeps ten thousand members far below the 2 MB of a payload', () => {
    const members = Array.from({ length: 10_000 }, (_, n) => ({
      instanceId: `i-${String(n).padStart(10, '0')}`,
      az: `cn-north-1${'abc'.charAt(n % 3)}`,
      group: `group-${n % 50}`,
      imageBefore: `img-${n % 20}`,
      image: 'img-new',
    }));
    assert.ok(JSON.stringify(packMembers(members)).length < 500_000);
  });
});
