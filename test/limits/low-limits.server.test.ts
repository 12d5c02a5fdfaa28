import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ReimageClient } from '../../client/index.js';
import type { FleetSummary } from '../../contracts/fleet/fleet-progress.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { ownTemporal, type TestTemporal } from '../support/temporal-env.js';
import { clientLane } from '../client/fleet/client-lane.js';
import {
  erases,
  fleetInput,
  fleetLane,
  type FleetLane,
  fleetOutcome,
  startFleet,
  summaryOf,
  untilFleet,
} from '../workflows/fleet/fleet-lane.js';
import { act } from '../workflows/fleet/fleet-updates.js';
import { decide, SLOW_START, startFails } from '../workflows/way-out-run.js';

/** Some of Temporal 1.29's limits, a hundredth of what they are by default. */
const UPDATES = 20;
const LIMITS = {
  'history.maxTotalUpdates': UPDATES,
  'limit.historyCount.suggestContinueAsNew': 60,
  'limit.historyCount.error': 500,
} as const;
const BOB = { by: 'bob', reason: 'flood' };

const cleanUps: (() => unknown)[] = [];
let temporal: TestTemporal;

before(async () => {
  temporal = await ownTemporal({ after: (each) => void cleanUps.unshift(each) }, { dynamicConfig: LIMITS });
});
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

/** Changes a limit more often than one run may be. */
async function flood(handle: WorkflowHandle): Promise<void> {
  for (let count = 0; count < 3 * UPDATES; count += 1) await act(handle, 'set', { ...BOB, maxHeld: 1 + (count % 5) });
}

function runsOf({ acts }: Pick<FleetSummary, 'acts'>): number {
  return 1 + acts.filter(({ act: done }) => done === 'continued').length;
}

describe('a fleet on a server with low limits', { concurrency: 2 }, () => {
  for (const end of ['approve', 'abort'] as const) {
    it(`takes three times the updates of a run at a gate, and then ${end}`, async (t) => {
      const lane = await fleetLane(t, { size: 2, worker: { temporal } });
      const waves = ['canary', 'wave-1'].map((name) => ({ name, size: 1 }));
      const input = fleetInput(lane, { rollout: { approval: { afterCanary: 'always' } }, waves });
      const handle = await startFleet(lane, input);
      const { nextEvent } = await untilFleet(handle, 'the gate', ({ status }) => status === 'awaiting-approval');

      await flood(handle);
      const flooded = await summaryOf(handle);
      const who = { by: 'eve', reason: 'looks well' };
      if (end === 'abort') await act(handle, 'abort', who);
      else await act(handle, 'approve', { ...who, planDigest: input.planDigest, gate: 'after the canary' });
      const result = await fleetOutcome(handle);

      assert.deepEqual([flooded.status, flooded.nextEvent], ['awaiting-approval', nextEvent], 'the same deadline');
      assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
      assert.equal(result.acts.filter(({ act: done }) => done === 'gate').length, 1, 'one gate');
      assert.equal(result.acts.filter(({ act: done }) => done === 'set').length, 3 * UPDATES, 'no act is lost');
      assert.deepEqual(erases(lane), end === 'abort' ? [1, 0] : [1, 1]);
    });
  }

  it('takes them while paused, with a held VM and one under way, and each VM is erased once', async (t) => {
    const lane = await fleetLane(t, { size: 4, ...SLOW_START, worker: { temporal } });
    lane.cloud.addFault({ ...startFails(), instanceId: lane.ids[0] });
    const template = { onFailure: 'hold' } as const;
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } }, template }));
    await untilFleet(handle, 'one is held', ({ counts }) => counts.held === 1);
    await act(handle, 'pause', BOB);

    await flood(handle);
    const flooded = await untilFleet(handle, 'only the held one is under way', ({ counts }) => counts.rebuilding === 0);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    await untilFleet(handle, 'the others are done', ({ counts }) => counts.done === 3);
    await decide(heldOf(lane), 'retry');
    const result = await fleetOutcome(handle);

    assert.deepEqual([flooded.status, flooded.counts.held], ['paused', 1]);
    assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
    assert.deepEqual([result.outcome, result.counts.done], ['done', 4]);
    assert.deepEqual(erases(lane), [1, 1, 1, 1]);
  });

  it('aborts now what an earlier run has started', async (t) => {
    const lane = await fleetLane(t, { size: 3, worker: { temporal } });
    lane.cloud.addFault({ operation: 'stopInstance', times: 'always', kind: { status: 503, when: 'before' } });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    await untilFleet(handle, 'two are under way', ({ counts }) => counts.rebuilding === 2);

    await flood(handle);
    await act(handle, 'abort', { ...BOB, now: true });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.cancelled, result.counts.waiting], ['aborted', 2, 1]);
    assert.deepEqual(erases(lane), [0, 0, 0]);
  });

  it('continues as new again and again by the number of its events, and erases each VM once', async (t) => {
    const lane = await fleetLane(t, { size: 8, worker: { temporal } });
    const waves = ['canary', 'wave-1', 'wave-2'].map((name, at) => ({ name, size: [1, 3, 4][at] ?? 0 }));
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } }, waves }));

    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 8]);
    assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
    assert.deepEqual(erases(lane), [1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

function heldOf({ ids }: FleetLane): WorkflowHandle {
  return temporal.client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId: ids[0] ?? '' }));
}
