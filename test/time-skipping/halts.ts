import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { eventually } from '../fixtures/eventually.js';
import { fleetInput, type FleetLane, fleetOutcome, startFleet, untilFleet } from '../workflows/fleet/fleet-lane.js';
import { act } from '../workflows/fleet/fleet-updates.js';
import { assertBegan, startOnThursday, untilOutside } from './friday-night.js';
import { DAY, HOUR, LIMIT, SECOND, type SkippingWorld } from './skipping-world.js';

const BOB = { by: 'bob', reason: 'seen on the board' };

/** Cases of pauses that outlast what they pause. */
export function pauseCases(world: () => SkippingWorld): void {
  it('for a week: nothing starts, until it is resumed', LIMIT, async () => {
    const { take, now, skipTo, touches } = world();
    const lane = take(2);
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 1 } } }));
    await untilFleet(handle, 'the first is under way', ({ counts }) => counts.rebuilding === 1);
    await act(handle, 'pause', BOB);
    await skipTo((await now()) + 7 * DAY);

    const paused = await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
    assert.deepEqual([paused.counts.done, paused.counts.waiting], [1, 1]);
    const next = lane.ids[1] ?? '';
    assert.deepEqual(touches(next), []);
    const resumedAt = await now();
    await act(handle, 'resume', { ...BOB, pause: 1 });
    assert.equal((await fleetOutcome(handle)).outcome, 'done');
    assertBegan(world(), next, resumedAt);
  });

  it('over an opening, and resumed after it: it waits for the next', LIMIT, async () => {
    const { skipTo, touches } = world();
    const { handle, instanceId, closesAt, opensAgainAt } = await startOnThursday(world());
    await act(handle, 'pause', BOB);
    await skipTo(closesAt + HOUR);
    await act(handle, 'resume', { ...BOB, pause: 1 });

    assert.equal(await untilOutside(handle), opensAgainAt);
    assert.deepEqual(touches(instanceId), []);
    assert.equal((await fleetOutcome(handle)).outcome, 'done');
    assertBegan(world(), instanceId, opensAgainAt);
  });
}

/** Cases of freezes at the edges of windows. */
export function freezeCases(world: () => SkippingWorld): void {
  it('at the opening: no VM begins before it is unfrozen', LIMIT, async () => {
    const { now, skipTo, touches } = world();
    const { handle, lane, instanceId, opensAt } = await startOnThursday(world());
    const library = await libraryOf(lane);
    await library.freeze(BOB);
    await skipTo(opensAt);

    await untilFleet(handle, 'it is frozen', ({ reason }) =>
      /^frozen by bob since .*: seen on the board$/.test(reason),
    );
    assert.deepEqual(touches(instanceId), []);
    const unfrozenAt = await now();
    await library.unfreeze(BOB);
    assert.equal((await fleetOutcome(handle)).outcome, 'done');
    assertBegan(world(), instanceId, unfrozenAt);
  });

  it('past the close: no VM begins before the next opening', LIMIT, async () => {
    const { now, skipTo, touches } = world();
    const { handle, lane, instanceId, closesAt, opensAgainAt } = await startOnThursday(world(), { p90Seconds: 0 });
    const library = await libraryOf(lane);
    // A fleet that waits for the end of a freeze has an activity under way, and time does not skip.
    await act(handle, 'pause', BOB);
    await library.freeze(BOB);
    await skipTo(closesAt - 4 * SECOND);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    await untilFleet(handle, 'it is frozen', ({ reason }) => reason.startsWith('frozen by bob'));
    await eventually('the window is closed', async () => (await now()) > closesAt);
    await library.unfreeze(BOB);

    assert.equal(await untilOutside(handle), opensAgainAt);
    assert.deepEqual(touches(instanceId), []);
    assert.equal((await fleetOutcome(handle)).outcome, 'done');
    assertBegan(world(), instanceId, opensAgainAt);
  });
}

function libraryOf({ worker: { client, taskQueue } }: FleetLane): Promise<ReimageClient> {
  return ReimageClient.connect({ client, taskQueue });
}
