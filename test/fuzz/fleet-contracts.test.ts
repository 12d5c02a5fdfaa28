import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type * as z from 'zod';
import { FLEET_UPDATES } from '../../contracts/fleet/fleet-control.js';
import { fleetIdOf, fleetWorkflowId, nameOfFleet, parseFleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { FleetName, FleetSpec, VmSelector } from '../../contracts/fleet/fleet-spec.js';
import { Maintenance } from '../../contracts/fleet/maintenance.js';
import { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import { RegionId } from '../../contracts/ids.js';
import { answer } from './answer.js';
import { holds } from './holds.js';
import { hostileText, hostileValue, spoiled, textOf } from './hostile.js';

const selector = {
  instanceIds: ['i-a1'],
  tags: [{ key: 'app', values: ['web'] }],
  name: 'web-*',
  azs: ['cn-north-1a'],
};
const maintenance = {
  zone: 'Asia/Shanghai',
  windows: [{ days: ['sat'], from: '22:00', to: '02:00' }],
  blackout: ['2026-12-31', { from: '2027-01-01', to: '2027-01-03' }],
};
const rollout = {
  canary: { instanceIds: ['i-a1'] },
  waves: [1, '10%'],
  order: { by: 'tag', key: 'tier', values: ['blue'] },
  maxUnavailable: { fleet: '10%', perAz: 2, perTag: { key: 'app', max: '50%' }, maxObservationAgeSeconds: 5 },
  bakeSeconds: 60,
  maxFailures: { fleet: 2, wave: '5%', strict: true },
  onBudgetExhausted: 'rollback',
  maxHeld: 3,
  approval: { afterCanary: 'always', beforeWaves: true, deadlineSeconds: 60, preventSelfApproval: true },
  maintenance,
};
const spec = {
  name: 'web-1',
  regionId: 'cn-north-1',
  select: selector,
  exclude: { statuses: ['stopped'] },
  image: { id: 'img-1' },
  skipMatching: true,
  rebuild: { keyNames: ['ops'] },
  rollout,
  requestedBy: 'ops',
  reason: 'patch',
};
const who = { by: 'bob', reason: 'night' };
const acts: Record<keyof typeof FLEET_UPDATES, object> = {
  pause: who,
  resume: { ...who, pause: 1 },
  approve: { ...who, planDigest: 'abc', gate: 'after the canary' },
  reject: { ...who, gate: 'after the canary' },
  abort: { ...who, now: true },
  set: { ...who, maxUnavailable: 1, maxFailures: 0, maxHeld: 0 },
  skip: { ...who, instanceIds: ['i-a1'] },
  retryFailed: { ...who, instanceIds: ['i-a1'] },
};

/** A schema, and what it takes: each field is spoilt in turn. */
const DOORS: readonly (readonly [string, z.ZodType, object])[] = [
  ['FleetSpec', FleetSpec, spec],
  ['RolloutPolicy', RolloutPolicy, rollout],
  ['RolloutPolicy.maxUnavailable', RolloutPolicy.shape.maxUnavailable, rollout.maxUnavailable],
  ['RolloutPolicy.maxFailures', RolloutPolicy.shape.maxFailures, rollout.maxFailures],
  ['RolloutPolicy.approval', RolloutPolicy.shape.approval, rollout.approval],
  ['RolloutPolicy.order', RolloutPolicy.shape.order, rollout.order],
  ['VmSelector', VmSelector, selector],
  ['Maintenance', Maintenance, maintenance],
  ...Object.entries(acts).map(([name, act]) => {
    const schema = Object.entries(FLEET_UPDATES).find(([each]) => each === name)?.[1];
    assert.ok(schema !== undefined);
    return [`update ${name}`, schema, act] as const;
  }),
];

describe('what people write about fleets, given nonsense in one or two fields', () => {
  for (const [name, schema, valid] of DOORS) {
    it(`${name} refuses it by field, or takes what survives being written and read again`, async () => {
      assert.notEqual(answer(schema, valid), null, 'what is to be spoilt is valid');
      await holds(
        fc.property(spoiled(valid, hostileValue), (value) => {
          const accepted = answer(schema, value);
          if (accepted !== null) assert.equal(answer(schema, JSON.parse(accepted)), accepted);
        }),
        150,
      );
    });
  }

  it('no message of a fleet file repeats a value of its rebuild: it may be a password in the wrong field', async () => {
    const secret = 'Sw0rdfish-is-no-reference';
    const field = fc.constantFrom(...Object.keys(FleetSpec.shape.rebuild.shape));
    const wrapped = fc.constantFrom(secret, [secret], { a: secret }, [{ key: secret, value: secret }], `\0${secret}`);
    await holds(
      fc.property(field, wrapped, (name, value) => {
        const parsed = FleetSpec.safeParse({ ...spec, rebuild: { ...spec.rebuild, [name]: value } });
        assert.ok(!JSON.stringify(parsed.error ?? '').includes(secret));
      }),
      100,
    );
  });
});

describe('ids of fleets, given nonsense', () => {
  it('a workflow id is read back as the fleet it was made of, and any other text as none', async () => {
    const digest = 'abcdef0123456789';
    const texts = fc.oneof(hostileText, fc.constantFrom('web', 'web-1', 'cn-north-1'));
    await holds(
      fc.property(texts, texts, (regionId, name) => {
        const isName = FleetName.safeParse(name).success;
        const isFleet = RegionId.safeParse(regionId).success && isName;
        const read = parseFleetWorkflowId(fleetWorkflowId({ regionId, name }));
        assert.deepEqual(read, isFleet ? { regionId, name } : null);
        assert.equal(nameOfFleet(fleetIdOf(name, digest)), isName ? name : null);
      }),
      500,
    );
  });
});

describe('huge texts about fleets', () => {
  const LENGTH = 64 * 1024;
  const WITHIN_MS = 1_000;
  const PIECES = ['a', '0', '-', '*', '%', ':', 'a=', 'é', '\n'];

  for (const [name, schema, valid] of DOORS) {
    it(`in ${name} are read in a time that grows with their length only`, () => {
      for (const field of Object.keys(valid)) {
        for (const piece of PIECES) {
          const text = textOf({ piece, length: LENGTH });
          for (const value of [text, [text], [{ key: text, values: [text] }], { [text]: text }]) {
            const before = process.cpuUsage();
            answer(schema, { ...valid, [field]: value });
            const usedMs = process.cpuUsage(before).user / 1000;
            assert.ok(usedMs < WITHIN_MS, `${usedMs} ms for ${JSON.stringify(piece)} over and over in ${field}`);
          }
        }
      }
    });
  }
});
