import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { latestNow } from '../../../activities/runtime/time.js';

const HOUR_MS = 3_600_000;

/** What an attempt takes for now that was scheduled so long after this machine's now. */
async function nowOf(scheduledAheadMs: number): Promise<{ readonly aheadMs: number }> {
  const asked = Date.now();
  const env = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: asked + scheduledAheadMs });
  const now = await env.run<[], Date, () => Promise<Date>>(async () => latestNow());
  return { aheadMs: now.getTime() - asked };
}

describe('latestNow', () => {
  it('given a clock an hour behind the server, then it is when the attempt was scheduled', async () => {
    assert.equal((await nowOf(HOUR_MS)).aheadMs, HOUR_MS);
  });

  it('given an attempt that has waited for an hour, then it is now', async () => {
    const { aheadMs } = await nowOf(-HOUR_MS);
    assert.ok(aheadMs >= 0 && aheadMs < 60_000, `${aheadMs} ms`);
  });
});
