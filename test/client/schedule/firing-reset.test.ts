import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resetToFirstTask, resetToLastTask } from '../../workflows/fleet/reset-fleet.js';
import { firingAtWork } from './firing-at-work.js';

describe('a firing of a schedule that an administrator resets', { concurrency: 2 }, () => {
  it('that is reset after its fleet has ended starts no other, and erases nothing again', async (t) => {
    const { lane, firing, fleet, release } = await firingAtWork(t);
    release();
    assert.equal((await lane.reimage.fleets.wait(fleet)).status, 'done');
    await firing.result();

    const again = await resetToFirstTask(lane, firing);

    await assert.rejects(again.result(), ({ cause }: Error) =>
      new RegExp(`taken up fleet ${fleet.fleetId}`).test(String(cause)),
    );
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
  });

  it('that is reset to its last task ends as it did', { timeout: 300_000 }, async (t) => {
    const { lane, firing, release } = await firingAtWork(t);
    release();
    const end = await firing.result();

    const again = await resetToLastTask(lane, firing);

    assert.deepEqual(await again.result(), end);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
  });
});
