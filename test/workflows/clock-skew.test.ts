import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { inLane } from '../fixtures/lane.js';
import { requestFor } from '../fixtures/requests.js';

const MINUTE_MS = 60_000;

describe("a rebuild by a worker whose clock is not JD Cloud's", () => {
  for (const minutes of [20, -20]) {
    it(`given ${minutes} minutes ahead, then it is done, and only first calls were refused for their date`, async () => {
      await inLane({ now: () => Date.now() - minutes * MINUTE_MS }, async ({ cloud, worker, instanceId }) => {
        const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));

        assert.equal(result.outcome, 'done');
        const { status, imageId } = cloud.vm(instanceId);
        assert.deepEqual([status, imageId], ['running', OTHER_IMAGE_ID]);
        const answered = (operation: string) => cloud.journal.calls({ operation }).map(({ httpStatus }) => httpStatus);
        for (const change of ['stopInstance', 'rebuildInstance', 'startInstance']) {
          assert.deepEqual(answered(change), [200], change);
        }
        const refused = cloud.journal.calls().findLastIndex(({ httpStatus }) => httpStatus === 401);
        const stopped = cloud.journal.calls().findIndex(({ operation }) => operation === 'stopInstance');
        assert.ok(refused >= 0 && refused < stopped, `${refused} before ${stopped}`);
        assert.deepEqual([...new Set(Object.values(result.attempts))], [1], 'no step was repeated');
      });
    });
  }

  it('given a clock that is set while it runs, then it is done all the same', async () => {
    let minutes = 20;
    await inLane({ now: () => Date.now() - minutes * MINUTE_MS }, async ({ cloud, worker, instanceId }) => {
      const running = worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await cloud.waitFor(() => cloud.journal.effective('stopInstance') === 1, 120_000);
      minutes = 0;

      assert.equal((await running).outcome, 'done');
      assert.equal(cloud.journal.effective('rebuildInstance'), 1);
    });
  });

  it('given a cloud whose clock runs away, then it ends as ClockSkewed, with how far and which way, and nothing was touched', async () => {
    let asked = 0;
    await inLane({ now: () => Date.now() + 20 * MINUTE_MS * asked++ }, async ({ cloud, worker, instanceId }) => {
      const { failure } = await worker.execute(requestFor(instanceId));

      assert.equal(failure?.type, 'ClockSkewed');
      assert.match(failure?.message ?? '', /the clock of this machine is \d+ s behind JD Cloud's/);
      assert.deepEqual(cloud.journal.calls({ performed: true }), []);
    });
  });
});
