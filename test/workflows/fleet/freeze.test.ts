import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReimageClient } from '../../../client/index.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { ownNamespace } from '../../fixtures/own-namespace.js';
import { fleetInput, fleetLane, fleetOutcome, startFleet, untilFleet } from './fleet-lane.js';
import { touched } from './journal-of-fleet.js';

const ANN = { by: 'ann', reason: 'audit' };

describe('a fleet in a frozen namespace', () => {
  it('lets running rebuilds finish, starts none, says who froze it, and goes on once it is unfrozen', async (t) => {
    const temporal = await ownNamespace(t);
    const lane = await fleetLane(t, { size: 4, worker: { temporal } });
    const library = await ReimageClient.connect({ client: temporal.client, taskQueue: lane.worker.taskQueue });
    const rollout = { maxUnavailable: { fleet: 2, maxObservationAgeSeconds: 1 } };
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 2 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout }));
    await rebuilding.reached();

    await library.freeze(ANN);
    rebuilding.release();
    const frozen = await untilFleet(
      handle,
      'it waits',
      ({ counts, reason }) => counts.done === 2 && /frozen/.test(reason),
    );

    assert.equal(frozen.status, 'waiting');
    assert.match(frozen.reason, /frozen by ann since .*: audit/);
    assert.equal(touched(lane.cloud).length, 2);
    await library.unfreeze({ by: 'bob', reason: 'audit is over' });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.failure], ['done', 4, undefined]);
    for (const id of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', id), 1);
  });
});
