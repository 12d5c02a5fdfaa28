import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { whyNotPlanned, whyNotRun } from '../../../../workflows/planning/make-plan.js';
import { fleetPlan } from '../../client/cli/fleet-fakes.js';

const specWith = (pairs: number) =>
  FleetSpec.parse({
    name: 'web',
    regionId: 'cn-north-1',
    select: { name: '*' },
    image: { id: 'img-1' },
    rebuild: {
      keyNames: ['ops'],
      metadata: Array.from({ length: pairs }, (_, at) => ({ key: `k${at}`, value: 'v'.repeat(16_384) })),
    },
  });

describe('the size of a plan', () => {
  it('lets ten thousand VMs be planned with some metadata, and few with all that JD Cloud takes', () => {
    assert.equal(whyNotPlanned(specWith(10), { vms: 10_000, requests: 100 }), null);
    assert.equal(whyNotPlanned(specWith(39), { vms: 500, requests: 5 }), null);
  });

  it('refuses what would make too long a history, and says how much there may be', () => {
    const why = whyNotPlanned(specWith(39), { vms: 10_000, requests: 100 });
    assert.match(why ?? '', /^rebuild: is too large: for 10000 VMs .* may be 250000 bytes of JSON, and are 64\d{4}\.$/);
  });

  it('refuses a fleet that could not hand on what is known of its VMs', () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => ({
      instanceId: `i-${at}`,
      group: `g${at}${'组'.repeat(40)}`,
    }));
    assert.match(whyNotRun(fleetPlan(rows)) ?? '', /^rebuild: is too large: the fleet of 10000 VMs needs \d{7} bytes/);
    assert.equal(whyNotRun(fleetPlan(rows.slice(0, 1_000))), null);
  });
});
