import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { erases, fleetInput, fleetLane, fleetOutcome, startFleet, untilFleet } from './fleet-lane.js';
import { act, rebuildOf } from './fleet-updates.js';

const BOB = { by: 'bob', reason: 'seen' };
const ROLLED_BACK = { maxUnavailable: { fleet: 1 }, onBudgetExhausted: 'rollback' } as const;

/** The fleet waits for the VM that is still being rebuilt. */
async function untilUntold(handle: WorkflowHandle): Promise<void> {
  await untilFleet(handle, 'it cannot be told yet', ({ nextEvent }) => nextEvent?.description === 'it looks again');
}

/** A fleet, paused, whose first VM is to be tried again after its rebuild was terminated; the next one is to fail. */
async function pausedWithOneToTryAgain(t: TestContext, template: { readonly backup?: 'image' } = {}) {
  const lane = await fleetLane(t, { size: 2, isProtected: [1] });
  const rollout = { ...ROLLED_BACK, maxUnavailable: { fleet: 2 }, maxFailures: { fleet: 1 } };
  const waves = ['wave-1', 'wave-2'].map((name) => ({ name, size: 1 }));
  const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
  const handle = await startFleet(lane, fleetInput(lane, { rollout, waves, template }));
  const [first = ''] = lane.ids;
  await rebuilding.reached();
  await act(handle, 'pause', BOB);
  await rebuildOf(lane, first).terminate('by hand');
  await untilFleet(handle, 'it has failed', ({ counts }) => counts.failed === 1);
  await act(handle, 'retryFailed', BOB);
  return { lane, handle, first, rebuilding };
}

describe('a VM whose rebuild was terminated after its erase', { concurrency: 2 }, () => {
  it('is put back where the failure budget says so', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ROLLED_BACK }));
    const [first = ''] = lane.ids;
    await rebuilding.reached();
    await rebuildOf(lane, first).terminate('by hand');
    await untilUntold(handle);
    rebuilding.release();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 0]);
    const { imageId, status } = lane.cloud.vm(first);
    assert.deepEqual([imageId, status], [DEFAULT_IMAGE_ID, 'running'], 'with the power state that it had');
  });

  it('is put back too where JD Cloud was slow to perform the call, and the VM looked untouched', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const [first = ''] = lane.ids;
    lane.cloud.addFault({ operation: 'rebuildInstance', instanceId: first, times: 1, kind: { delayMs: 4_000 } });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ROLLED_BACK }));
    await lane.cloud.waitFor(({ journal }) => journal.calls({ operation: 'rebuildInstance' }).length === 1, 120_000);
    assert.deepEqual(erases(lane), [0, 0], 'it is not performed yet');
    await rebuildOf(lane, first).terminate('by hand');
    await untilUntold(handle);
    await rebuilding.reached();
    rebuilding.release();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 0]);
    assert.equal(lane.cloud.vm(first).imageId, DEFAULT_IMAGE_ID);
  });

  it('is put back too where it was to be tried again, and was skipped', async (t) => {
    const { lane, handle, first, rebuilding } = await pausedWithOneToTryAgain(t);
    await act(handle, 'skip', { ...BOB, instanceIds: [first] });
    await act(handle, 'set', { ...BOB, maxFailures: 0 });
    await act(handle, 'resume', { ...BOB, pause: 1 });
    await untilUntold(handle);
    rebuilding.release();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 0]);
    assert.equal(lane.cloud.vm(first).imageId, DEFAULT_IMAGE_ID);
  });

  it('is put back too where it was tried again: what its first rebuild found is what it had', async (t) => {
    const { lane, handle, first, rebuilding } = await pausedWithOneToTryAgain(t, { backup: 'image' });
    await act(handle, 'set', { ...BOB, maxFailures: 0 });
    rebuilding.release();
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [3, 0]);
    assert.equal(lane.cloud.vm(first).imageId, DEFAULT_IMAGE_ID);
  });
});
