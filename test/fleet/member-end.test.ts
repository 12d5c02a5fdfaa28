import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure, ChildWorkflowFailure, RetryState } from '@temporalio/common';
import { endedBy } from '../../workflows/fleet/member-end.js';
import { FleetMembers, type Member } from '../../workflows/fleet/members.js';
import { fleetInputFor } from '../support/fleet-input.js';

/** A member whose first rebuild by the fleet is under way. */
function member(change: Partial<Member> = {}): Member {
  const vm = { instanceId: 'i-1', az: 'a', group: null, imageBefore: 'img-old', image: 'img-new' };
  const { members } = { members: new FleetMembers(fleetInputFor([vm])) };
  members.change(0, { state: 'rebuilding', attempts: 1, startedAt: 1, ...change });
  return members.at(0);
}

/** What a fleet sees of a rebuild that ended with a failure. */
function childFailure(cause: Error): ChildWorkflowFailure {
  const execution = { workflowId: 'rebuild:cn-north-1:i-1', runId: 'run' };
  return new ChildWorkflowFailure('default', execution, 'rebuildInstance', RetryState.NON_RETRYABLE_FAILURE, cause);
}

describe('a VM whose rebuild was not begun', () => {
  for (const type of ['Frozen', 'WindowClosed']) {
    it(`for ${type} waits again: it has not failed, and no attempt counts`, () => {
      const change = endedBy(member(), childFailure(ApplicationFailure.nonRetryable('not now', type)));

      assert.deepEqual(
        [change.state, change.attempts, change.startedAt, change.failure],
        ['waiting', 0, null, undefined],
      );
    });
  }

  it('while another failure is one', () => {
    const change = endedBy(member(), childFailure(ApplicationFailure.nonRetryable('no', 'StartRefused')));

    assert.deepEqual([change.state, change.failure], ['failed', 'StartRefused']);
  });
});
