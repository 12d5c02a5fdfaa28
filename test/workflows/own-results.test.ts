import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

/** Longer than it takes to act on the activity whose call is held back. */
const HELD_BACK_MS = 2_500;

/** Completes an activity by hand once a worker has it in hand, with what is none of its results. */
async function completeByHand({ worker: { client } }: Lane, handle: WorkflowHandle, type: string): Promise<string> {
  let activityId = '';
  await eventually(`${type} is under way`, async () => {
    const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
    const isIt = pending?.activityType?.name === type && pending.lastStartedTime != null;
    if (isIt) activityId = pending.activityId ?? '';
    return isIt;
  });
  await client.activity.complete({ workflowId: handle.workflowId, activityId }, {});
  return activityId;
}

const erased = ({ cloud, instanceId }: Lane) => cloud.journal.effective('rebuildInstance', instanceId);

describe('an activity that is completed by hand with no result of its own', { concurrency: true }, () => {
  it('that makes the backup: nothing is erased on it, and the image that came of it is told', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({ operation: 'createImage', kind: { delayMs: HELD_BACK_MS, when: 'after' } });
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, backup: 'image' }));
      await completeByHand(lane, handle, 'createBackup');
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'StepResultInvalid', result.failure?.message);
      assert.equal(erased(lane), 0);
      assert.equal(cloud.vm(instanceId).status, 'running', 'it has its power back');
      const [ready] = cloud.journal.changes({ to: 'ready' });
      assert.equal(result.backup?.imageId, ready?.imageId);
    }));

  it('again and again: the rebuild ends, with nothing touched', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({
        operation: 'describeImages',
        times: 'always',
        kind: { delayMs: HELD_BACK_MS, when: 'before' },
      });
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      const ids = new Set<string>();
      for (let time = 1; time <= 3; time += 1) ids.add(await completeByHand(lane, handle, 'planRebuild'));
      const result = await outcomeOf(handle);

      assert.equal(ids.size, 3, 'it was begun anew each time');
      assert.equal(result.failure?.type, 'StepResultInvalid', result.failure?.message);
      assert.equal(cloud.journal.effective('stopInstance', instanceId), 0);
    }));
});
