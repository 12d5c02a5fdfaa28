import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { fleetInput, fleetLane, fleetOutcome, membersOf, startFleet, zoneOf } from './fleet-lane.js';
import { mostDown, touched } from './journal-of-fleet.js';

const CANARY_AND = (size: number) => [
  { name: 'canary', size: 1 },
  { name: 'wave-1', size },
];

describe('a fleet', { concurrency: 2 }, () => {
  it('moves every VM to the image, once each, the canary first, and says so', async (t) => {
    const lane = await fleetLane(t, { size: 6 });
    const handle = await startFleet(
      lane,
      fleetInput(lane, { waves: CANARY_AND(5), rollout: { maxUnavailable: { fleet: 3 } } }),
    );

    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(result.counts.done, 6);
    for (const instanceId of lane.ids) {
      assert.equal(lane.cloud.journal.effective('rebuildInstance', instanceId), 1);
      assert.equal(lane.cloud.vm(instanceId).imageId, OTHER_IMAGE_ID);
      assert.equal(lane.cloud.vm(instanceId).status, 'running');
    }
    const [canary, ...others] = lane.ids;
    const lastOfCanary = lane.cloud.journal.changes({ instanceId: canary ?? '' }).at(-1)?.seq ?? 0;
    for (const id of others) {
      const first = lane.cloud.journal.changes({ instanceId: id })[0]?.seq ?? 0;
      assert.ok(first > lastOfCanary, `${id} was touched before the canary was back`);
    }
    const members = await membersOf(handle);
    assert.deepEqual(
      members.map(({ instanceId, state, wave }) => [instanceId, state, wave]),
      lane.ids.map((id, at) => [id, 'done', at === 0 ? 0 : 1]),
    );
  });

  it('never has more VMs down than it may, of the fleet and of each zone, and uses what it may', async (t) => {
    const lane = await fleetLane(t, { size: 12 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 5 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 5, perAz: 2 } } }));
    await rebuilding.reached();
    rebuilding.release();

    const result = await fleetOutcome(handle);

    assert.equal(result.counts.done, 12);
    assert.equal(mostDown(lane.cloud), 5);
    for (const zone of [0, 1, 2]) {
      const inZone = (id: string) => zoneOf(lane.ids.indexOf(id)) === zoneOf(zone);
      assert.ok(mostDown(lane.cloud, inZone) <= 2, `zone ${zoneOf(zone)}`);
    }
  });

  it('counts VMs that are down for other reasons, and takes those first that cost no one else’s place', async (t) => {
    const lane = await fleetLane(t, { size: 6, statuses: { 3: 'stopped', 4: 'stopped' } });
    const downBefore = [lane.ids[3] ?? '', lane.ids[4] ?? ''];
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 3 } } }));

    const result = await fleetOutcome(handle);

    assert.equal(result.counts.done, 6);
    assert.equal(
      mostDown(lane.cloud, () => true, downBefore),
      3,
    );
    assert.deepEqual(new Set(touched(lane.cloud).slice(0, 3)), new Set([lane.ids[0], ...downBefore]));
    for (const id of downBefore) assert.equal(lane.cloud.vm(id).status, 'stopped', 'it has the power state it had');
  });
});
