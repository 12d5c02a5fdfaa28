import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DEFAULT_IMAGE_ID } from '../../simulator/model/builders.js';
import { fleetOutcome, membersOf } from '../workflows/fleet/fleet-lane.js';
import { act } from '../workflows/fleet/fleet-updates.js';
import { startOnThursday, untilOutside } from './friday-night.js';
import { LIMIT, MINUTE, type SkippingWorld } from './skipping-world.js';

const BOB = { by: 'bob', reason: 'seen on the board' };
const NOT_NOW = { status: 503, when: 'before' } as const;

/** Cases of windows that close while a rebuild is under way. */
export function lateCases(world: () => SkippingWorld): void {
  for (const { operation, done, name } of [
    { operation: 'stopInstance', done: [], name: 'that could not be stopped' },
    { operation: 'rebuildInstance', done: ['stopInstance', 'startInstance'], name: 'that could not be erased' },
  ] as const)
    it(`a VM ${name} before the close runs as before, and is moved in the next opening`, LIMIT, async () => {
      const { skipTo, touches } = world();
      const { handle, lane, instanceId, closesAt, opensAgainAt } = await startOnThursday(world());
      await act(handle, 'pause', BOB);
      await skipTo(closesAt - MINUTE);
      lane.cloud.addFault({ operation, instanceId, times: 'always', kind: NOT_NOW });
      await act(handle, 'resume', { ...BOB, pause: 1 });
      await skipTo(closesAt + 10 * MINUTE);

      assert.equal(await untilOutside(handle), opensAgainAt);
      const ofNight = touches(instanceId);
      assert.deepEqual(
        ofNight.map(({ operation: each }) => each),
        done,
      );
      const { status, imageId } = lane.cloud.vm(instanceId);
      assert.deepEqual([status, imageId], ['running', DEFAULT_IMAGE_ID]);
      assert.match((await membersOf(handle))[0]?.reason ?? '', /window closed/);
      lane.cloud.clearFaults();
      assert.equal((await fleetOutcome(handle)).outcome, 'done');
      const again = touches(instanceId).slice(ofNight.length);
      assert.equal(again.length, 3);
      assert.ok(again.every(({ at }) => at >= opensAgainAt && at < opensAgainAt + MINUTE));
    });
}
