import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import { inLane } from '../support/lane.js';
import { outcomeOf } from '../support/outcome.js';
import { requestFor } from '../support/requests.js';

describe('an activity paused by an operator (temporal activity pause)', () => {
  const takenForCancellation = 'activities/rebuild-activities.ts takes any abort of its signal for a cancellation';
  it(
    'in the checks before the rebuild call cancels nothing: it goes on once unpaused',
    { todo: takenForCancellation },
    () =>
      inLane({}, async ({ cloud, worker, instanceId }) => {
        cloud.addFault({ operation: 'describeImages', skip: 1, kind: { delayMs: 3_000, when: 'before' } });
        const handle = await worker.start(requestFor(instanceId));
        const images = () => cloud.journal.calls({ operation: 'describeImages' });
        await eventually('the checks wait for an image', () => images().length === 2);
        const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
        const id = (await pending())?.activityId ?? '';
        const activity = { namespace: 'default', execution: { workflowId: handle.workflowId }, id };

        await worker.client.workflowService.pauseActivity(activity);
        await eventually(
          'the attempt has ended',
          async () => (await pending())?.lastStartedTime !== undefined && images()[1]?.httpStatus === 200,
        );
        await worker.client.workflowService.unpauseActivity(activity).catch(() => undefined);
        const result = await outcomeOf(handle);

        assert.equal(result.outcome, 'done', result.failure?.message);
        assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
      }),
  );
});
