import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RolloutPolicy } from '../../../../contracts/fleet/rollout-policy.js';
import { FleetState } from '../../../../workflows/fleet/fleet-state.js';
import { settleBudget } from '../../../../workflows/fleet/run-wave.js';
import { fleetInputFor } from '../../../fixtures/fleet-input.js';

const MEMBERS = ['i-0', 'i-1', 'i-2', 'i-3'].map((instanceId) => ({
  instanceId,
  az: null,
  group: null,
  imageBefore: 'img-old',
  image: 'img-new',
}));

/** A fleet that bears one failure. */
function fleetThat(onBudgetExhausted: RolloutPolicy['onBudgetExhausted']) {
  const input = fleetInputFor(MEMBERS, { rollout: { onBudgetExhausted, maxFailures: { fleet: 1 } } });
  const record = new FleetState(input);
  return { input, record, fail: (at: number) => record.members.change(at, { state: 'failed' }) };
}

const acts = ({ record }: { readonly record: FleetState }) =>
  record.snapshot().auditEntries?.filter(({ action }) => action === 'budget-exhausted').length ?? 0;

describe('an exhausted failure budget', () => {
  it('does nothing while the failures are tolerated', () => {
    const fleet = fleetThat('pause');
    fleet.fail(0);
    settleBudget(fleet);

    assert.deepEqual([fleet.record.pause, fleet.record.ending, acts(fleet)], [null, null, 0]);
  });

  it('pauses the fleet, once for each failure more: a resume that was meant for fewer does not bear them', () => {
    const fleet = fleetThat('pause');
    fleet.fail(0);
    fleet.fail(1);
    settleBudget(fleet);
    const first = fleet.record.pause;
    settleBudget(fleet);
    assert.equal(fleet.record.pause, first, 'the same failures make no other pause');
    fleet.fail(2);
    settleBudget(fleet);

    assert.deepEqual([first?.isForBudget, first?.number], [true, 1]);
    assert.match(first?.why ?? '', /2 failed, 1 may/);
    assert.deepEqual([fleet.record.pause?.isForBudget, fleet.record.pause?.number], [true, 2]);
    assert.match(fleet.record.pause?.why ?? '', /3 failed, 1 may/);
    assert.deepEqual([fleet.record.ending, acts(fleet)], [null, 1]);
  });

  it('leaves the pause of a person as it is', () => {
    const fleet = fleetThat('pause');
    fleet.record.pauseFor({ why: 'paused by bob', isForBudget: false });
    fleet.fail(0);
    fleet.fail(1);
    settleBudget(fleet);

    assert.equal(fleet.record.pause?.why, 'paused by bob');
    assert.equal(acts(fleet), 0);
  });

  for (const [what, isRolledBack] of [
    ['stop', false],
    ['rollback', true],
  ] as const)
    it(`ends the fleet where it is to ${what}, paused by a person or not`, () => {
      const fleet = fleetThat(what);
      fleet.record.pauseFor({ why: 'paused by bob', isForBudget: false });
      fleet.fail(0);
      fleet.fail(1);
      settleBudget(fleet);
      fleet.fail(2);
      settleBudget(fleet);

      const message = 'The failure budget is exhausted: 2 failed, 1 may.';
      assert.deepEqual(fleet.record.ending, { type: 'FleetFailed', message, now: false, isRolledBack });
      assert.equal(acts(fleet), 1, 'one that ends is judged no more');
    });
});
