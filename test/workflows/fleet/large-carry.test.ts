import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FleetInput } from '../../../contracts/fleet/fleet-input.js';
import { FleetState } from '../../../workflows/fleet/fleet-state.js';
import { erases, fleetInput, fleetLane, fleetOutcome, membersOf, startFleet, summaryOf } from './fleet-lane.js';
import { act } from './fleet-updates.js';

/** VMs that an earlier run has dealt with, and those that are still to come. */
const DONE = 2_000;
const TO_COME = 3;
/** Acts of people, as long as one can be. Two megabytes with the notes. */
const ACTS = 440;
const AT_A_TIME = 8;
const LONGEST = { by: '王'.repeat(128), reason: '升'.repeat(512) };

describe('a fleet of which much is known', () => {
  it('continues as new: what does not fit is left out and told, and no VM is erased for it', async (t) => {
    const lane = await fleetLane(t, { size: DONE + TO_COME });
    const input = fleetInput(lane, { rollout: { maxUnavailable: { fleet: 3 } }, input: { maxHistoryEvents: 800 } });
    const before = new FleetState(input);
    for (const { at } of before.members.all.slice(0, DONE)) {
      const reason = `${at} ${'警'.repeat(190)}`;
      before.members.change(at, { state: 'done', attempts: 1, isMoved: true, isBaked: true, reason });
    }
    before.pauseFor({ why: 'paused by bob: lunch', isForBudget: false });
    const handle = await startFleet(lane, FleetInput.parse({ ...input, snapshot: before.snapshot() }));

    for (let from = 0; from < ACTS; from += AT_A_TIME) {
      const some = Array.from({ length: AT_A_TIME }, () => act(handle, 'set', { ...LONGEST, maxUnavailable: 3 }));
      await Promise.all(some);
    }
    const paused = await summaryOf(handle);
    await act(handle, 'resume', { by: 'bob', reason: 'back', pause: 1 });
    const result = await fleetOutcome(handle);

    assert.ok(result.auditEntries.some(({ action: name }) => name === 'continued'));
    assert.deepEqual([result.outcome, result.counts.done], ['done', DONE + TO_COME]);
    assert.deepEqual(erases(lane), [...Array.from({ length: DONE }, () => 0), 1, 1, 1]);
    const kept = (await membersOf(handle)).filter(({ reason }) => reason !== null).length;
    assert.equal(paused.omitted?.reasons, DONE - kept);
    assert.ok(kept < DONE && kept > 0, `${kept} notes are left`);
    assert.deepEqual(result.omitted, { reasons: DONE - kept, auditEntries: 0 });
  });
});
