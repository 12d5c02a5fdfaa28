import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { factsOf } from '../../../workflows/runtime/failures.js';

function endedBy(type: string, retryState: RetryState): ActivityFailure {
  const cause = ApplicationFailure.create({ type, message: 'as it was told', details: [{ callMayBeInFlight: false }] });
  return new ActivityFailure('failed', 'rebuildInstance', '1', retryState, 'worker', cause);
}

describe('a failure that the last attempt of a step has reported', () => {
  for (const [type, retryState, phase, meant] of [
    ['ConcurrentChange', RetryState.NON_RETRYABLE_FAILURE, 'rebuilding', 'ConcurrentChange'],
    ['ConcurrentChange', RetryState.TIMEOUT, 'rebuilding', 'DeadlineExceeded'],
    ['RebuildNotApplied', RetryState.TIMEOUT, 'verifying', 'DeadlineExceeded'],
    ['CallWithheld', RetryState.TIMEOUT, 'stopping', 'DeadlineExceeded'],
    ['ConcurrentChange', RetryState.CANCEL_REQUESTED, 'rebuilding', 'Cancelled'],
    ['JdCloudUnavailable', RetryState.CANCEL_REQUESTED, 'stopping', 'Cancelled'],
    ['VmInError', RetryState.NON_RETRYABLE_FAILURE, 'stopping', 'VmInError'],
  ] as const)
    it(`${type}, ended by ${retryState} while ${phase}: ${meant}`, () => {
      const facts = factsOf(endedBy(type, retryState), phase);

      assert.equal(facts.type, meant);
      assert.equal(facts.details.callMayBeInFlight, false, 'what it said of its call is believed');
    });
});
