import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { inLane } from '../support/lane.js';
import { outcomeOf } from '../support/outcome.js';
import { requestFor } from '../support/requests.js';

/** A call after which the VM cannot be seen any more, until the deadline. */
const CALLS = [
  { name: 'startInstance', deadlines: { startingSeconds: 10 }, imageAfter: OTHER_IMAGE_ID },
  { name: 'rebuildInstance', deadlines: { rebuildingSeconds: 10 }, imageAfter: null },
] as const;

describe('the end that a result names', { concurrency: 2 }, () => {
  for (const { name, deadlines, imageAfter } of CALLS)
    it(`is unknown, not what it was before, where the VM was not seen again after ${name}`, () =>
      inLane({}, async ({ cloud, worker, instanceId }) => {
        const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines }));
        await cloud.waitFor(({ journal }) => journal.effective(name, instanceId) === 1, 120_000);
        cloud.addFault({ operation: 'describeBriefInstances', times: 'always', kind: { status: 500 } });
        const result = await outcomeOf(handle);

        assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
        assert.deepEqual([result.power.after, result.imageAfter], [null, imageAfter]);
        assert.equal(result.failure.state?.status, 'stopped', 'as last seen');
      }));
});
