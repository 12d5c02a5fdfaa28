import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { toApplicationFailure } from '../../../activities/runtime/failure.js';
import { DEFAULT_TIMING } from '../../../activities/runtime/time.js';
import { FailureDetails } from '../../../contracts/failure-details.js';
import {
  BusyError,
  ClockSkewError,
  CredentialsError,
  type JdCloudError,
  NotFoundError,
  PermissionError,
  QuotaError,
  RefusedError,
  ThrottledError,
} from '../../../jdcloud/errors.js';

const FACTS = {
  operation: 'stopInstance',
  httpStatus: 401,
  status: 'X',
  code: 401,
  requestId: 'r',
  retryAfterMs: null,
};
const facts = { ...FACTS, mayHaveArrived: false };
const MINUTE_MS = 60_000;

interface Attempt {
  /** Minutes that this machine's clock is ahead of the server's. */
  readonly aheadMinutes?: number;
  /** Minutes from the activity's first attempt to this one, by the server's clock. */
  readonly afterMinutes?: number;
}

/** What becomes of an error in an attempt of an activity. */
async function failureOf(
  error: JdCloudError,
  { aheadMinutes = 0, afterMinutes = 0, isTouched = false }: Attempt & { readonly isTouched?: boolean } = {},
) {
  const scheduledTimestampMs = Date.now() - (aheadMinutes + afterMinutes) * MINUTE_MS;
  const currentAttemptScheduledTimestampMs = scheduledTimestampMs + afterMinutes * MINUTE_MS;
  const environment = new MockActivityEnvironment({ scheduledTimestampMs, currentAttemptScheduledTimestampMs });
  const failure: unknown = await environment.run(async () => toApplicationFailure(error, { isTouched }));
  assert.ok(failure instanceof ApplicationFailure, String(failure));
  return failure;
}

describe('a call that failed, as a failure of its activity', () => {
  it('given a stale date, then it is told from refused keys, and is final', async () => {
    const skewed = await failureOf(new ClockSkewError('stale', { ...facts, skewMs: 1 }));
    const refused = await failureOf(new CredentialsError('bad', facts));

    assert.deepEqual([skewed.type, refused.type], ['ClockSkewed', 'CredentialsRefused']);
    assert.deepEqual([skewed.nonRetryable, refused.nonRetryable], [true, true]);
  });

  it('given that the VM is gone, then what was seen before is not told of it', async () => {
    const gone = new NotFoundError('gone', { ...facts, resource: 'instance' });
    const seen = { status: 'running', imageId: 'img-1', observedAt: '2026-11-30T00:00:00.000Z' };
    const environment = new MockActivityEnvironment();
    const failure: unknown = await environment.run(async () =>
      toApplicationFailure(gone, { details: { observed: seen } }),
    );

    assert.ok(failure instanceof ApplicationFailure, String(failure));
    assert.equal(FailureDetails.parse(failure.details?.[0]).observed?.status, null);
  });

  for (const { regionId, says } of [
    { regionId: 'cn-north-1', says: /^404 no$/ },
    { regionId: 'cn-noth-1', says: /^404 no; region cn-noth-1 is none of those known .* Did you mean cn-north-1\?$/ },
  ]) {
    it(`given that JD Cloud knows nothing of what was asked for in ${regionId}, then a region that nobody knows is told`, async () => {
      const asked = { ...facts, httpStatus: 404, regionId };
      const gone = await failureOf(new NotFoundError('404 no', { ...asked, resource: 'instance' }));
      const noRoute = await failureOf(new RefusedError('404 no', asked));

      assert.match(gone.message, says);
      assert.match(noRoute.message, says);
    });
  }

  for (const { name, error, type, passes } of [
    { name: '401', error: new CredentialsError('bad', facts), type: 'CredentialsRefused', passes: true },
    {
      name: 'a stale date',
      error: new ClockSkewError('off', { ...facts, skewMs: 1 }),
      type: 'ClockSkewed',
      passes: true,
    },
    { name: '403', error: new PermissionError('no', facts), type: 'PermissionDenied', passes: true },
    { name: 'a quota', error: new QuotaError('full', facts), type: 'QuotaExceeded', passes: true },
    { name: '400', error: new RefusedError('bad', facts), type: 'JdCloudRefused', passes: false },
    {
      name: '404',
      error: new NotFoundError('gone', { ...facts, resource: 'instance' }),
      type: 'VmNotFound',
      passes: false,
    },
  ]) {
    it(`given ${name}, then it is final before the touch, and ${passes ? 'repeated' : 'final'} after it`, async () => {
      const [before, after] = [await failureOf(error), await failureOf(error, { isTouched: true })];

      assert.deepEqual([before.type, after.type], [type, type]);
      assert.deepEqual([before.nonRetryable, after.nonRetryable], [true, !passes]);
      assert.equal(FailureDetails.parse(after.details?.[0]).requestId, 'r');
    });
  }

  it('given a call that the gate turned away, then it is repeated when the region opens', async () => {
    const error = new ThrottledError('not sent', { ...facts, httpStatus: null, retryAfterMs: 12_000 });
    const { type, nonRetryable, nextRetryDelay } = await failureOf(error);

    assert.deepEqual([type, nonRetryable, nextRetryDelay], ['JdCloudUnavailable', false, 12_000]);
  });

  const limitMinutes = DEFAULT_TIMING.busyLimitMs / MINUTE_MS;
  for (const aheadMinutes of [0, 20, -20]) {
    it(`given a busy VM and a clock ${aheadMinutes} minutes ahead of Temporal's, then it is repeated for the same time`, async () => {
      const during = await failureOf(new BusyError('busy', facts), { aheadMinutes, afterMinutes: limitMinutes - 1 });
      const after = await failureOf(new BusyError('busy', facts), { aheadMinutes, afterMinutes: limitMinutes + 1 });

      assert.deepEqual([during.nonRetryable, after.nonRetryable], [false, true]);
    });
  }
});
