import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ActivityFailure,
  ApplicationFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import fc from 'fast-check';
import type { FailureDetails } from '../../../contracts/failure-details.js';
import { FAILURE_TYPES } from '../../../contracts/failures.js';
import { PHASES } from '../../../contracts/rebuild-progress.js';
import { factsOf } from '../../../workflows/runtime/failures.js';

const state = fc.record(
  {
    status: fc.constantFrom('running', 'stopped', 'rebuilding', 'starting'),
    imageId: fc.constantFrom('img-a', 'img-b'),
    observedAt: fc.constant('2026-11-30T03:00:00.000Z'),
  },
  { noNullPrototype: true },
);

/** What an attempt may have reported before the one that never did. */
const details: fc.Arbitrary<FailureDetails> = fc.record(
  {
    operation: fc.constantFrom('rebuildInstance', 'startInstance', 'createImage'),
    httpStatus: fc.constantFrom(400, 503),
    callMayBeInFlight: fc.boolean(),
    observed: state,
    requestId: fc.constant('r-earlier'),
    attempt: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: [] },
);

/** What stands in the last heartbeat: of a wait, of a call that must not be repeated, or nothing. */
const heartbeat = fc.oneof(
  fc.record({ attempt: fc.nat(9), observed: state, lastError: fc.constant(null), sawPassing: fc.boolean() }),
  fc.record({ attempt: fc.nat(9), noneInFlight: fc.boolean(), callMayBeInFlight: fc.boolean() }),
  fc.constant(undefined),
);

/** An activity whose last attempt was given up, as Temporal hands it to a workflow. */
function givenUp(heartbeatDetails: unknown, earlier: ApplicationFailure | null): ActivityFailure {
  const timeout = new TimeoutFailure('activity timeout', heartbeatDetails, TimeoutType.HEARTBEAT);
  if (earlier !== null)
    timeout.failure = { cause: new DefaultFailureConverter().errorToFailure(earlier, defaultPayloadConverter) };
  return new ActivityFailure('activity failed', 'startInstance', '1', RetryState.TIMEOUT, 'worker', timeout);
}

describe('an attempt that Temporal gave up', () => {
  it('is believed nothing that an earlier attempt reported, and no heartbeat as proof that no call is out', () => {
    fc.assert(
      fc.property(
        details,
        heartbeat,
        fc.constantFrom(...FAILURE_TYPES),
        fc.constantFrom(...PHASES),
        (reported, beat, type, phase) => {
          const earlier = ApplicationFailure.create({ message: 'earlier', type, details: [reported] });
          const facts = factsOf(givenUp(beat, earlier), phase);

          assert.equal(facts.details.callMayBeInFlight, undefined);
          assert.deepEqual(facts.details, factsOf(givenUp(beat, null), phase).details, 'with and without it');
          assert.deepEqual(
            facts.details.observed,
            beat !== undefined && 'observed' in beat ? beat.observed : undefined,
          );
          assert.match(facts.message, /the last attempt did not report\. An attempt before it failed: earlier$/);
        },
      ),
    );
  });

  it('tells what it may have deleted, by its heartbeats', () => {
    const facts = factsOf(givenUp({ attempted: [], mayBeDeleted: ['img-1', 'img-2'] }, null), 'done');

    assert.match(facts.message, /Deleted by now, or perhaps: img-1, img-2\.$/);
  });
});
