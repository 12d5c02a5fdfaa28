import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FleetResult } from '../../contracts/fleet/fleet-progress.js';
import { DEFAULT_IMAGE_ID } from '../../simulator/model/builders.js';
import { requestFor } from '../fixtures/requests.js';
import {
  fleetInput,
  type FleetLane,
  fleetOutcome,
  membersOf,
  startFleet,
  untilFleet,
} from '../workflows/fleet/fleet-lane.js';
import { act } from '../workflows/fleet/fleet-updates.js';
import { startFails, untilHeld } from '../workflows/way-out-run.js';
import { DAY, HOUR, LIMIT, MINUTE, type SkippingWorld } from './skipping-world.js';

const BOB = { by: 'bob', reason: 'seen on the board' };
const TWO_WAVES = [
  { name: 'canary', size: 1 },
  { name: 'wave-1', size: 1 },
];

/** That what was to take so long took that, and a few seconds for what else had to be done. */
function assertTook(ms: number, expectedMs: number, what: string): void {
  assert.ok(ms >= expectedMs && ms < expectedMs + MINUTE, `${what} took ${ms / HOUR} h, not ${expectedMs / HOUR}`);
}

function momentOf({ auditEntries }: Pick<FleetResult, 'auditEntries'>, name: string): number {
  return Date.parse(auditEntries.find(({ action: each }) => each === name)?.at ?? '');
}

/** Cases of bakes: what a fleet does between two waves. */
export function bakeCases(world: () => SkippingWorld): void {
  it('the next wave begins after a bake of three days', LIMIT, async () => {
    const { take, touches } = world();
    const lane = take(2);
    const rollout = { bakeSeconds: (3 * DAY) / 1000 };
    const result = await fleetOutcome(await startFleet(lane, fleetInput(lane, { waves: TWO_WAVES, rollout })));

    assert.deepEqual([result.outcome, result.counts.done], ['done', 2]);
    const [canary, next] = lane.ids.map(touches);
    assertTook((next?.[0]?.at ?? 0) - (canary?.at(-1)?.at ?? 0), 3 * DAY, 'the bake');
    assertTook(Date.parse(result.finishedAt) - (next?.at(-1)?.at ?? 0), 3 * DAY, 'the last bake');
  });

  it('a VM that stops on its first day fails at the end of the third, and no other is begun', LIMIT, async () => {
    const { take, now, skipTo, touches } = world();
    const lane = take(2);
    const rollout = { bakeSeconds: (3 * DAY) / 1000 };
    const handle = await startFleet(lane, fleetInput(lane, { waves: TWO_WAVES, rollout }));
    const { nextEvent } = await untilFleet(handle, 'it bakes', ({ status }) => status === 'baking');
    const isOver = Date.parse(nextEvent?.at ?? '');
    await skipTo((await now()) + DAY);
    const [fallen = '', other = ''] = lane.ids;
    lane.cloud.act.stop(fallen);
    await skipTo(isOver - MINUTE);
    const before = await untilFleet(handle, 'it bakes', ({ status }) => status === 'baking');
    await skipTo(isOver);
    const paused = await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');

    assert.equal(before.counts.done, 1);
    assert.equal(paused.counts.failed, 1);
    assert.deepEqual(touches(other), []);
    await act(handle, 'abort', BOB);
    await fleetOutcome(handle);
  });

  it('where nobody can look at its end, for half an hour, it is judged after that', LIMIT, async () => {
    const { take, now, skipTo, touches } = world();
    const lane = take(2);
    const [fallen = '', other = ''] = lane.ids;
    const rollout = { bakeSeconds: DAY / 1000 };
    const handle = await startFleet(lane, fleetInput(lane, { waves: TWO_WAVES, rollout }));
    const { nextEvent } = await untilFleet(handle, 'it bakes', ({ status }) => status === 'baking');
    lane.cloud.act.stop(fallen);
    const operation = 'describeBriefInstances';
    lane.cloud.addFault({ operation, times: 'always', kind: { status: 503, when: 'before' } });
    await skipTo(Date.parse(nextEvent?.at ?? '') + HOUR / 2);
    const blind = await untilFleet(handle, 'it cannot look', ({ reason }) => reason.startsWith('cannot look'));
    lane.cloud.clearFaults();
    await skipTo((await now()) + MINUTE);
    const paused = await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');

    assert.deepEqual([blind.counts.done, blind.counts.failed], [1, 0]);
    assert.equal(paused.counts.failed, 1);
    assert.deepEqual(touches(other), []);
    await act(handle, 'abort', BOB);
    await fleetOutcome(handle);
  });
}

/** Cases of deadlines that nobody minds. */
export function deadlineCases(world: () => SkippingWorld): void {
  it(
    'a gate that nobody approves for two days ends the fleet, and the wave behind it is not touched',
    LIMIT,
    async () => {
      const { take, touches } = world();
      const lane = take(2);
      const rollout = { approval: { afterCanary: 'always', deadlineSeconds: (2 * DAY) / 1000 } } as const;
      const result = await fleetOutcome(await startFleet(lane, fleetInput(lane, { waves: TWO_WAVES, rollout })));

      assert.deepEqual([result.outcome, result.failure?.type], ['aborted', 'FleetRejected']);
      assertTook(momentOf(result, 'gate-expired') - momentOf(result, 'gate'), 2 * DAY, 'the gate');
      assert.deepEqual([result.counts.done, result.counts.waiting], [1, 1]);
      assert.deepEqual(touches(lane.ids[1] ?? ''), []);
    },
  );

  it('a gate that is approved an hour before its deadline opens, and the wave begins at once', LIMIT, async () => {
    const { take, skipTo, touches } = world();
    const lane = take(2);
    const rollout = { approval: { afterCanary: 'always', deadlineSeconds: (2 * DAY) / 1000 } } as const;
    const input = fleetInput(lane, { waves: TWO_WAVES, rollout });
    const handle = await startFleet(lane, input);
    const { nextEvent } = await untilFleet(handle, 'it waits', ({ status }) => status === 'awaiting-approval');
    await skipTo(Date.parse(nextEvent?.at ?? '') - HOUR);
    assert.deepEqual(touches(lane.ids[1] ?? ''), []);
    await act(handle, 'approve', { ...BOB, planDigest: input.planDigest, gate: 'after the canary' });
    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done');
    assertTook(momentOf(result, 'approve') - momentOf(result, 'gate'), 2 * DAY - HOUR, 'the gate');
    assertTook((touches(lane.ids[1] ?? '')[0]?.at ?? 0) - momentOf(result, 'approve'), 0, 'the start');
  });

  it('a held VM is given up, or rolled back, when nobody has decided for a day', LIMIT, async () => {
    const { take, touches } = world();
    const fleets = (['give-up', 'rollback'] as const).map(async (atDeadline) => {
      const lane = take(1);
      lane.cloud.addFault({ ...startFails(), instanceId: lane.ids[0] });
      const template = { onFailure: 'hold', hold: { atDeadline, deadlineSeconds: DAY / 1000 } } as const;
      const rollout = { maxFailures: { fleet: 1 } };
      return { lane, handle: await startFleet(lane, fleetInput(lane, { template, rollout })) };
    });
    const [givenUp, rolledBack] = await Promise.all(fleets);
    assert.ok(givenUp && rolledBack);

    const ofGivenUp = await fleetOutcome(givenUp.handle);
    const ofRolledBack = await fleetOutcome(rolledBack.handle);

    assert.equal(ofGivenUp.counts.failed, 1);
    const [gone] = await membersOf(givenUp.handle);
    const [back] = await membersOf(rolledBack.handle);
    assert.equal(gone?.failure, 'StartRefused');
    assertTook(Date.parse(gone.finishedAt ?? '') - lastTouch(touches, givenUp.lane), DAY, 'the hold');
    assert.equal(ofRolledBack.counts['rolled-back'], 1);
    assert.equal(back?.state, 'rolled-back');
    const erases = touches(rolledBack.lane.ids[0] ?? '').filter(({ operation }) => operation === 'rebuildInstance');
    assert.equal(erases.length, 2);
    assertTook((erases[1]?.at ?? 0) - (erases[0]?.at ?? 0), DAY, 'the hold');
    assert.equal(rolledBack.lane.cloud.vm(rolledBack.lane.ids[0] ?? '').imageId, DEFAULT_IMAGE_ID);
  });

  it(
    'a VM that another rebuild holds is tried again for twenty minutes, and skipped: then, or once that one has erased it',
    LIMIT,
    async () => {
      const { take, touches } = world();
      const lane = take(3);
      const [quarter = '', hour = ''] = lane.ids;
      for (const [instanceId, ms] of [
        [quarter, 15 * MINUTE],
        [hour, HOUR],
      ] as const) {
        lane.cloud.addFault({ ...startFails(), instanceId });
        const hold = { deadlineSeconds: ms / 1000 };
        await untilHeld(await lane.worker.start(requestFor(instanceId, { onFailure: 'hold', hold })));
      }
      const foreign = [quarter, hour].map((id) => touches(id).length);
      const rollout = { maxUnavailable: { fleet: 3 } };
      const handle = await startFleet(lane, fleetInput(lane, { rollout }));
      const result = await fleetOutcome(handle);

      assert.deepEqual([result.outcome, result.counts.done, result.counts.skipped], ['done', 1, 2]);
      const members = await membersOf(handle);
      const [freed, held] = [quarter, hour].map((id) => members.find(({ instanceId }) => instanceId === id));
      // Tried at 0, 5, 15, 35, 75, 155, 315, 635 and 1275 seconds: the last is the first after a quarter of an hour.
      assertTook(
        Date.parse(freed?.finishedAt ?? '') - Date.parse(result.startedAt),
        1275_000,
        'the VM that was let go',
      );
      assert.match(freed?.reason ?? '', /another operation|Another operation/i);
      assert.deepEqual([freed?.state, held?.state], ['skipped', 'skipped']);
      assert.deepEqual(
        [quarter, hour].map((id) => touches(id).length),
        foreign,
        'neither is touched',
      );
    },
  );
}

function lastTouch(touches: SkippingWorld['touches'], lane: FleetLane): number {
  return touches(lane.ids[0] ?? '').at(-1)?.at ?? 0;
}
