import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fleetInput, fleetLane, fleetOutcome, membersOf, noStart, startFleet, untilFleet } from './fleet-lane.js';
import { startFails } from '../way-out-run.js';
import { act } from './fleet-updates.js';

const BOB = { by: 'bob', reason: 'seen' };

const isExhausted = ({ act: done }: { readonly act: string }) => done === 'budget-exhausted';

describe('a VM that failed after its erase, and is tried again', () => {
  it('keeps the backup of what it had before, however few are kept', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const [only = ''] = lane.ids;
    lane.cloud.addFault(noStart(only, 1));
    const template = { backup: 'image', keepBackups: 1 } as const;
    const handle = await startFleet(lane, fleetInput(lane, { template }));
    await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
    await act(handle, 'retryFailed', BOB);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    assert.equal((await fleetOutcome(handle)).counts.done, 1);

    const [vm] = await membersOf(handle);
    const deleted = lane.cloud.journal.calls({ operation: 'deleteImage', performed: true });

    assert.notEqual(vm?.backupImageId, null);
    assert.deepEqual(deleted, []);
  });

  it('is not told as rolled back where that put a backup of the new system on', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const [only = ''] = lane.ids;
    const template = { backup: 'image', onFailure: 'rollback' } as const;
    const handle = await startFleet(lane, fleetInput(lane, { template, rollout: { bakeSeconds: 12 } }));
    await untilFleet(handle, 'it bakes', ({ status }) => status === 'baking');
    lane.cloud.act.stop(only);
    await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
    lane.cloud.addFault({ ...startFails(), instanceId: only });
    await act(handle, 'retryFailed', BOB);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    await untilFleet(handle, 'it is tried again', ({ acts }) => acts.filter(isExhausted).length === 2);

    const [vm] = await membersOf(handle);

    assert.deepEqual([vm?.state, vm?.failure], ['failed', 'RolledBack'], JSON.stringify(vm));
    assert.match(vm?.note ?? '', /a backup of what this fleet had put on/);
    assert.notEqual(lane.cloud.vm(only).imageId, vm?.backupImageId);
    await act(handle, 'abort', { ...BOB, now: true });
    await fleetOutcome(handle).catch(() => undefined);
  });
});
