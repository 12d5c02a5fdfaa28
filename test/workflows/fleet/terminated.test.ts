import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { rebuildWorkflowId } from '../../../contracts/ids.js';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { erases, fleetInput, type FleetLane, fleetLane, fleetOutcome, startFleet, untilFleet } from './fleet-lane.js';
import { act } from './fleet-updates.js';

const BOB = { by: 'bob', reason: 'seen' };
const ROLLED_BACK = { maxUnavailable: { fleet: 1 }, onBudgetExhausted: 'rollback' } as const;

async function terminateRebuild({ worker }: FleetLane, instanceId: string): Promise<void> {
  const workflowId = rebuildWorkflowId({ regionId: 'cn-north-1', instanceId });
  await worker.client.workflow.getHandle(workflowId).terminate('by hand');
}

/** A fleet, paused, whose first VM is to be tried again after its rebuild was terminated; the next one is to fail. */
async function pausedWithOneToTryAgain(t: TestContext, template: { readonly backup?: 'image' } = {}) {
  const lane = await fleetLane(t, { size: 2, isProtected: [1], timing: { rebuilding: 400_000 } });
  const rollout = { ...ROLLED_BACK, maxUnavailable: { fleet: 2 }, maxFailures: { fleet: 1 } };
  const waves = ['wave-1', 'wave-2'].map((name) => ({ name, size: 1 }));
  const handle = await startFleet(lane, fleetInput(lane, { rollout, waves, template }));
  const [first = ''] = lane.ids;
  await lane.cloud.waitFor(({ journal }) => journal.effective('rebuildInstance', first) === 1, 30_000);
  await act(handle, 'pause', BOB);
  await terminateRebuild(lane, first);
  await untilFleet(handle, 'it has failed', ({ counts }) => counts.failed === 1);
  await act(handle, 'retryFailed', BOB);
  return { lane, handle, first };
}

describe('a VM whose rebuild was terminated after its erase', { concurrency: 2 }, () => {
  it('is put back where the failure budget says so', async (t) => {
    const lane = await fleetLane(t, { size: 2, timing: { rebuilding: 400_000 } });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ROLLED_BACK }));
    const [first = ''] = lane.ids;
    await lane.cloud.waitFor(({ journal }) => journal.effective('rebuildInstance', first) === 1, 30_000);
    await terminateRebuild(lane, first);
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 0]);
    const { imageId, status } = lane.cloud.vm(first);
    assert.deepEqual([imageId, status], [DEFAULT_IMAGE_ID, 'running'], 'with the power state that it had');
  });

  it('is put back too where JD Cloud was slow to perform the call, and the VM looked untouched', async (t) => {
    const lane = await fleetLane(t, { size: 2, timing: { rebuilding: 400_000 } });
    const [first = ''] = lane.ids;
    lane.cloud.addFault({ operation: 'rebuildInstance', instanceId: first, times: 1, kind: { delayMs: 1_500 } });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ROLLED_BACK }));
    await lane.cloud.waitFor(({ journal }) => journal.calls({ operation: 'rebuildInstance' }).length === 1, 30_000);
    assert.deepEqual(erases(lane), [0, 0], 'it is not performed yet');
    await terminateRebuild(lane, first);
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 0]);
    assert.equal(lane.cloud.vm(first).imageId, DEFAULT_IMAGE_ID);
  });

  it('is put back too where it was to be tried again, and was skipped', async (t) => {
    const { lane, handle, first } = await pausedWithOneToTryAgain(t);
    await act(handle, 'skip', { ...BOB, instanceIds: [first] });
    await act(handle, 'set', { ...BOB, maxFailures: 0 });
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 0]);
    assert.equal(lane.cloud.vm(first).imageId, DEFAULT_IMAGE_ID);
  });

  it('is put back too where it was tried again: what its first rebuild found is what it had', async (t) => {
    const { lane, handle, first } = await pausedWithOneToTryAgain(t, { backup: 'image' });
    await act(handle, 'set', { ...BOB, maxFailures: 0 });
    await lane.cloud.waitFor(({ vm }) => vm(first).status === 'stopped', 30_000);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts['rolled-back']], ['failed', 1], JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [3, 0]);
    assert.equal(lane.cloud.vm(first).imageId, DEFAULT_IMAGE_ID);
  });
});
