import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import proto from '@temporalio/proto';
import { eventually } from '../fixtures/eventually.js';
import { inLane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

const { PENDING_ACTIVITY_STATE_PAUSE_REQUESTED } = proto.temporal.api.enums.v1.PendingActivityState;

/** The pause is heard of by a heartbeat, one in 5 s. */
const HEARTBEAT_AND_MORE_MS = 7_000;

describe('an activity paused by an operator (temporal activity pause)', () => {
  it('in the checks before the rebuild call cancels nothing: it goes on once unpaused', () =>
    inLane({}, async ({ cloud, worker, instanceId }) => {
      const delay = { delayMs: HEARTBEAT_AND_MORE_MS, when: 'before' } as const;
      cloud.addFault({ operation: 'describeImages', skip: 1, kind: delay });
      const handle = await worker.start(requestFor(instanceId));
      const images = () => cloud.journal.calls({ operation: 'describeImages' }).length;
      await eventually('the checks wait for an image', () => images() === 2);
      const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
      const id = (await pending())?.activityId ?? '';
      const activity = { namespace: 'default', execution: { workflowId: handle.workflowId }, id };

      await worker.client.workflowService.pauseActivity(activity);
      const isHeardOf = async () => (await pending())?.state !== PENDING_ACTIVITY_STATE_PAUSE_REQUESTED;
      await eventually('its attempt has ended', isHeardOf);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await worker.client.workflowService.unpauseActivity(activity);
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
    }));
});
