import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fleetInput, fleetLane, fleetOutcome, membersOf, noStart, startFleet, untilFleet } from './fleet-lane.js';
import { act } from './fleet-updates.js';

const BOB = { by: 'bob', reason: 'seen' };

describe('a VM that failed after its erase, and is tried again', () => {
  it('keeps the backup of what it had before, however few are kept', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const [only = ''] = lane.ids;
    lane.cloud.addFault(noStart(only, 1));
    const template = { backup: 'image', keepBackups: 1 } as const;
    const handle = await startFleet(lane, fleetInput(lane, { template }));
    await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
    await act(handle, 'retryFailed', BOB);
    await act(handle, 'resume', BOB);
    assert.equal((await fleetOutcome(handle)).counts.done, 1);

    const [vm] = await membersOf(handle);
    const deleted = lane.cloud.journal.calls({ operation: 'deleteImage', performed: true });

    assert.notEqual(vm?.backupImageId, null);
    assert.deepEqual(deleted, []);
  });
});
