import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../../simulator/builders.js';
import { fleetInput, fleetLane, fleetOutcome, membersOf, startFleet } from './fleet-lane.js';

describe('a fleet', { concurrency: 2 }, () => {
  it('moves every VM to the image, once each, and says so', async (t) => {
    const lane = await fleetLane(t, { size: 6 });
    const waves = [
      { name: 'canary', size: 1 },
      { name: 'wave-1', size: 5 },
    ];
    const handle = await startFleet(lane, fleetInput(lane, { waves, rollout: { maxUnavailable: { fleet: 3 } } }));

    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(result.counts.done, 6);
    for (const instanceId of lane.ids) {
      assert.equal(lane.cloud.journal.effective('rebuildInstance', instanceId), 1);
      assert.equal(lane.cloud.vm(instanceId).imageId, OTHER_IMAGE_ID);
      assert.equal(lane.cloud.vm(instanceId).status, 'running');
    }
    const members = await membersOf(handle);
    assert.deepEqual(
      members.map(({ instanceId, state, wave }) => [instanceId, state, wave]),
      lane.ids.map((id, at) => [id, 'done', at === 0 ? 0 : 1]),
    );
  });
});
