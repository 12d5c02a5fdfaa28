import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { inLane, type LaneOptions } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

/** Polls see it start, and with that trust one look at its end. Of two looks at most the last one is told, in time. */
const SEEN_STARTING: LaneOptions = {
  status: 'stopped',
  timing: { rebuilding: 800_000, starting: 1_400_000 },
  worker: { timing: { settleMs: 60_000, pollIntervalMs: 2_500 } },
};

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

  it('is unknown where the time to verify it is up after looks that may have shown what was before', () =>
    inLane(SEEN_STARTING, async ({ cloud, worker, instanceId }) => {
      const asked = { imageId: OTHER_IMAGE_ID, power: 'running', deadlines: { verifyingSeconds: 5 } } as const;
      const handle = await worker.start(requestFor(instanceId, asked));
      await cloud.waitFor(({ vm }) => vm(instanceId).status === 'starting', 60_000);
      const polls = () => cloud.journal.calls({ operation: 'describeBriefInstances' }).length;
      const before = polls();
      await cloud.waitFor(() => polls() >= before + 2, 60_000);
      for (const operation of ['describeInstance', 'describeInstances'])
        cloud.addFault({ operation, times: 'always', kind: { stale: 2 } });
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
      assert.deepEqual([cloud.vm(instanceId).status, result.power.after, result.imageAfter], ['running', null, null]);
      assert.equal(result.failure.state?.status, 'stopped', 'as last seen');
    }));
});
