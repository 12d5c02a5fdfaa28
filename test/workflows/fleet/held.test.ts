import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MemberHoldChange } from '../../../contracts/fleet/fleet-progress.js';
import { MEMBER_SIGNAL } from '../../../contracts/names.js';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { decide, SLOW_START, startFails } from '../way-out-run.js';
import {
  fleetInput,
  type FleetLane,
  fleetLane,
  fleetOutcome,
  startFleet,
  summaryOf,
  untilFleet,
} from './fleet-lane.js';
import { rebuildOf } from './fleet-updates.js';
import { touched } from './journal-of-fleet.js';

const HOLD = { onFailure: 'hold' } as const;

function holdAt({ cloud, ids }: FleetLane, ...places: readonly number[]): void {
  for (const at of places) cloud.addFault({ ...startFails(), instanceId: ids[at] });
}

describe('a fleet with a held VM', { concurrency: 2 }, () => {
  it('goes on while no more are held than may be, then waits, and ends after the decisions', async (t) => {
    const lane = await fleetLane(t, { size: 6, ...SLOW_START });
    holdAt(lane, 0, 2);
    const rollout = { maxUnavailable: { fleet: 3 }, maxHeld: 1 };
    const handle = await startFleet(lane, fleetInput(lane, { rollout, template: HOLD }));

    const two = await untilFleet(handle, 'two are held', ({ counts }) => counts.held === 2 && counts.rebuilding === 0);
    assert.equal(two.status, 'waiting');
    assert.match(two.reason, /^2 held: decide with `reimage decide`; 2 are held, 1 may be$/);
    assert.equal(two.failures.current, 0, 'a held VM is no failure');
    assert.ok(two.counts.waiting > 0);
    const atTwo = touched(lane.cloud).length;
    await decide(rebuildOf(lane, lane.ids[0] ?? ''), 'retry');
    await untilFleet(
      handle,
      'only one waits for a decision',
      ({ counts }) => counts.waiting === 0 && counts.rebuilding === 0,
    );
    assert.ok(touched(lane.cloud).length > atTwo);
    await decide(rebuildOf(lane, lane.ids[2] ?? ''), 'retry');
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 6]);
    for (const id of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', id), 1);
  });

  it('leaves it held while the next waves go on; a held canary lets none begin', async (t) => {
    const lane = await fleetLane(t, { size: 4, ...SLOW_START });
    holdAt(lane, 0, 1);
    const waves = ['canary', 'wave-1', 'wave-2', 'wave-3'].map((name) => ({ name, size: 1 }));
    const rollout = { maxUnavailable: { fleet: 2 }, maxFailures: { fleet: 1 } };
    const handle = await startFleet(lane, fleetInput(lane, { rollout, waves, template: HOLD }));

    await untilFleet(handle, 'the canary is held', ({ counts }) => counts.held === 1);
    assert.deepEqual(touched(lane.cloud), [lane.ids[0]]);
    await decide(rebuildOf(lane, lane.ids[0] ?? ''), 'retry');
    const last = await untilFleet(
      handle,
      'the others are done',
      ({ counts }) => counts.done === 3 && counts.held === 1,
    );
    assert.equal(last.wave.index, 3);
    await decide(rebuildOf(lane, lane.ids[1] ?? ''), 'rollback');
    const result = await fleetOutcome(handle);

    assert.equal(result.outcome, 'done');
    assert.deepEqual([result.counts.done, result.counts['rolled-back']], [3, 1]);
    assert.equal(lane.cloud.vm(lane.ids[2] ?? '').imageId, OTHER_IMAGE_ID);
  });

  it('does not take the news of a rebuild of another fleet, which had its workflow id before, for its own', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const [instanceId = ''] = lane.ids;
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    const handle = await startFleet(lane, fleetInput(lane));
    await rebuilding.reached();

    const news: MemberHoldChange = { instanceId, held: 'StartRefused', fleetId: 'web-abcdef01' };
    await handle.signal(MEMBER_SIGNAL, news);
    const { counts } = await summaryOf(handle);
    rebuilding.release();

    assert.deepEqual([counts.held, counts.rebuilding], [0, 1]);
    assert.equal((await fleetOutcome(handle)).counts.done, 1);
  });
});
