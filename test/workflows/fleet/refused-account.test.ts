import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FleetSummary } from '../../../contracts/fleet/fleet-progress.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { erases, fleetInput, fleetLane, fleetOutcome, membersOf, startFleet, untilFleet } from './fleet-lane.js';

const REFUSED = { status: 401, message: 'token expired', when: 'before' } as const;

/** One failure would end it, two at a time. */
const rollout = (maxObservationAgeSeconds: number) => ({
  maxUnavailable: { fleet: 2, maxObservationAgeSeconds },
  onBudgetExhausted: 'stop' as const,
});

describe('a fleet whose credentials are refused for a while', { concurrency: 2 }, () => {
  it('starts nobody, lets those under way wait, says why, and goes on: no failure is counted', async (t) => {
    const lane = await fleetLane(t, { size: 4 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 2 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: rollout(1) }));
    await rebuilding.reached();
    lane.cloud.addFault({ operation: '*', times: 'always', kind: REFUSED });
    const refused = () => lane.cloud.journal.calls().filter(({ httpStatus }) => httpStatus === 401).length;
    await lane.cloud.waitFor(() => refused() > 4, 120_000);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2, 'nobody else was started');
    lane.cloud.clearFaults();
    rebuilding.release();

    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.failure], ['done', 4, undefined]);
    assert.deepEqual(erases(lane), [1, 1, 1, 1]);
  });

  it('between its look and their first one: they wait again, it halts for a minute, and no failure is counted', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    // A rebuild looks by another call than the fleet does.
    lane.cloud.addFault({ operation: 'describeInstances', times: 'always', kind: REFUSED });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: rollout(600) }));
    const isHalted = ({ reason, counts }: FleetSummary) => /cannot look/.test(reason) && counts.waiting === 3;
    const halted = await untilFleet(handle, 'it halts', isHalted);
    lane.cloud.clearFaults();

    assert.match(halted.reason, /cannot look: .*401.*token expired/);
    assert.equal(halted.counts.failed, 0);
    assert.ok((await membersOf(handle)).some(({ reason }) => /refused the account before/.test(reason ?? '')));
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.failure], ['done', 3, undefined]);
    assert.deepEqual(erases(lane), [1, 1, 1]);
  });
});
