import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import {
  erases,
  fleetInput,
  type FleetLane,
  fleetLane,
  fleetOutcome,
  membersOf,
  noStart,
  startFleet,
  untilFleet,
} from './fleet-lane.js';
import { act } from './fleet-updates.js';
import { touched } from './journal-of-fleet.js';

const ONE_AT_A_TIME = { maxUnavailable: { fleet: 1 } };

/** The VMs at these places do not start after their rebuild. Each stays down, which takes a place for good. */
function breakAt({ cloud, ids }: FleetLane, ...places: readonly number[]): void {
  for (const at of places) cloud.addFault(noStart(ids[at]));
}

describe('the failure budget of a fleet', { concurrency: 2 }, () => {
  for (const [budget, touchedVms] of [
    [0, 1],
    [1, 3],
  ] as const) {
    it(`of ${budget} stops after ${budget + 1} failures`, async (t) => {
      const lane = await fleetLane(t, { size: 6, isProtected: [1, 3] });
      const rollout = { ...ONE_AT_A_TIME, maxFailures: { fleet: budget }, onBudgetExhausted: 'stop' } as const;
      const handle = await startFleet(lane, fleetInput(lane, { rollout }));

      const result = await fleetOutcome(handle);

      assert.equal(result.failure?.type, 'FleetFailed');
      assert.match(result.failure.message, new RegExp(`${budget + 1} failed, ${budget} may`));
      assert.equal(result.outcome, 'failed');
      assert.equal(result.counts.failed, budget + 1);
      assert.equal(touched(lane.cloud).length, touchedVms - budget, 'nothing else was touched');
    });
  }

  it('pauses by default, and a resume bears what has failed', async (t) => {
    const lane = await fleetLane(t, { size: 4, isProtected: [0, 2] });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));

    const paused = await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
    assert.match(paused.reason, /failure budget exhausted \(1 failed, 0 may\)/);
    assert.deepEqual(touched(lane.cloud), []);
    await act(handle, 'resume', { by: 'bob', reason: 'known', pause: 1 });
    await untilFleet(handle, 'it is paused again', ({ status, counts }) => status === 'paused' && counts.failed === 2);
    assert.deepEqual(touched(lane.cloud), [lane.ids[1]]);
    await act(handle, 'resume', { by: 'bob', reason: 'known too', pause: 2 });
    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done');
    assert.deepEqual([result.counts.done, result.counts.failed], [2, 2]);
    assert.deepEqual(
      result.auditEntries.map(({ action: done, by }) => [done, by]),
      [
        ['budget-exhausted', null],
        ['resume', 'bob'],
        ['budget-exhausted', null],
        ['resume', 'bob'],
      ],
    );
  });

  it('is of a wave too', async (t) => {
    const lane = await fleetLane(t, { size: 6, isProtected: [0, 3, 4] });
    const waves = [
      { name: 'wave-1', size: 3 },
      { name: 'wave-2', size: 3 },
    ];
    const rollout = { ...ONE_AT_A_TIME, maxFailures: { fleet: 5, wave: 1 }, onBudgetExhausted: 'stop' } as const;
    const result = await fleetOutcome(await startFleet(lane, fleetInput(lane, { rollout, waves })));

    assert.match(result.failure?.message ?? '', /2 of wave 2 failed, 1 may/);
    assert.equal(result.counts.failed, 3);
    assert.equal(result.counts.waiting, 1);
  });

  it('when strict never starts more at once than would exhaust it', async (t) => {
    const lane = await fleetLane(t, { size: 8 });
    breakAt(lane, 0, 1, 2, 3, 4, 5, 6, 7);
    const rollout = {
      maxUnavailable: { fleet: 8 },
      maxFailures: { fleet: 2, strict: true },
      onBudgetExhausted: 'stop',
    } as const;
    const result = await fleetOutcome(await startFleet(lane, fleetInput(lane, { rollout })));

    assert.deepEqual([result.counts.failed, result.counts.waiting], [3, 5]);
    assert.equal(touched(lane.cloud).length, 3);
  });

  it('puts back what was moved, where the policy says so, and leaves what was never started', async (t) => {
    const lane = await fleetLane(t, { size: 5, isProtected: [2] });
    const rollout = { ...ONE_AT_A_TIME, onBudgetExhausted: 'rollback' } as const;
    const handle = await startFleet(lane, fleetInput(lane, { rollout }));
    const result = await fleetOutcome(handle);

    assert.equal(result.failure?.type, 'FleetFailed');
    const members = await membersOf(handle);
    assert.deepEqual(
      members.map(({ state }) => state),
      ['rolled-back', 'rolled-back', 'failed', 'waiting', 'waiting'],
    );
    for (const id of lane.ids) {
      assert.equal(lane.cloud.vm(id).imageId, DEFAULT_IMAGE_ID);
      assert.equal(lane.cloud.vm(id).status, 'running');
    }
    assert.deepEqual(erases(lane), [2, 2, 0, 0, 0]);
  });
});
