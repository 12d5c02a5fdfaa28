import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FleetLimits, limitsOf } from '../../../../contracts/fleet/fleet-limits.js';
import {
  Amount,
  leastPayloadOf,
  MAX_FLEET,
  RolloutPolicy,
  wholeNumber,
  whyTooLarge,
} from '../../../../contracts/fleet/rollout-policy.js';
import { jsonBytes, MOST_PAYLOAD_BYTES } from '../../../../contracts/utf8-text.js';

describe('an amount of VMs', () => {
  for (const amount of [0, 1, MAX_FLEET, '0%', '1%', '10%', '99%', '100%'])
    it(`may be ${amount}`, () => assert.equal(Amount.parse(amount), amount));

  for (const amount of [
    -1,
    1.5,
    MAX_FLEET + 1,
    '',
    '%',
    '5',
    '05%',
    '101%',
    '1000%',
    '-5%',
    ' 5%',
    '5% ',
    '5%5',
    'a%',
    '1.5%',
  ])
    it(`may not be ${JSON.stringify(amount)}`, () => assert.equal(Amount.safeParse(amount).success, false));

  for (const [amount, of, up, down] of [
    [3, 10, 3, 3],
    ['10%', 10, 1, 1],
    ['10%', 11, 2, 1],
    ['34%', 3, 2, 1],
    ['0%', 7, 0, 0],
    ['100%', 7, 7, 7],
  ] as const)
    it(`of ${amount} comes to ${up} of ${of} as a size, and to ${down} as a limit`, () => {
      assert.deepEqual([wholeNumber(amount, of, 'up'), wholeNumber(amount, of, 'down')], [up, down]);
    });
});

const SIZES = { fleet: 15, waves: [1, 9, 5], perAz: { a: 9, b: 6 }, perGroup: { db: 3, web: 12 } };

const ROWS: readonly { name: string; policy: Parameters<typeof RolloutPolicy.parse>[0]; limits: FleetLimits }[] = [
  {
    name: 'percentages of the whole are rounded down',
    policy: { maxUnavailable: { fleet: '30%' }, maxFailures: { fleet: '10%' }, maxHeld: '25%' },
    limits: { unavailable: { fleet: 4 }, failures: { fleet: 1, strict: false }, held: 3 },
  },
  {
    name: 'at least one VM may be unavailable, while no failure may be tolerated',
    policy: { maxUnavailable: { fleet: '1%' }, maxFailures: { fleet: '1%', strict: true }, maxHeld: '1%' },
    limits: { unavailable: { fleet: 1 }, failures: { fleet: 0, strict: true }, held: 0 },
  },
  {
    name: 'those of zones and groups are of each, and those of waves too',
    policy: {
      maxUnavailable: { fleet: 5, perAz: '34%', perTag: { key: 'tier', max: '50%' } },
      maxFailures: { fleet: 2, wave: '15%' },
      maxHeld: 2,
    },
    limits: {
      unavailable: { fleet: 5, perAz: { a: 3, b: 2 }, perGroup: { db: 1, web: 6 } },
      failures: { fleet: 2, perWave: [0, 1, 0], strict: false },
      held: 2,
    },
  },
];

describe('the limits of a policy', () => {
  for (const { name, policy, limits } of ROWS)
    it(name, () => assert.deepEqual(limitsOf(RolloutPolicy.parse(policy), SIZES), limits));
});

describe('a fleet in one payload', () => {
  const BARE = { members: { instanceIds: ['i-1', 'i-2', 'i-3'] } };
  const ofSize = (bytes: number, backup?: string) => {
    const pad = bytes - jsonBytes({ ...BARE, template: { backup, pad: '' } });
    return { ...BARE, template: { backup, pad: 'x'.repeat(pad) } };
  };
  for (const [backup, ofThreeVms] of [
    [undefined, 168],
    ['none', 168],
    ['image', 237],
  ] as const)
    it(`with the backup ${backup ?? 'left out'} keeps ${ofThreeVms} bytes for what becomes of three VMs, and room for acts`, () => {
      const room = MOST_PAYLOAD_BYTES - 200_000 - ofThreeVms;

      assert.equal(whyTooLarge(ofSize(room, backup)), null);
      assert.match(
        whyTooLarge(ofSize(room + 1, backup)) ?? '',
        /the fleet of 3 VMs needs 1500001 bytes, and 1500000 are/,
      );
      assert.equal(leastPayloadOf(ofSize(10_000, backup)), 14_000 + ofThreeVms);
    });
});
