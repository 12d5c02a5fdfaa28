import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createFreezeActivities } from '../../../activities/rebuild/freeze-activities.js';
import { askFreeze } from '../../../activities/runtime/namespace.js';
import type { Freeze } from '../../../contracts/freeze.js';
import { eventually } from '../../fixtures/eventually.js';

const FREEZE: Freeze = { by: 'ann', reason: 'audit', since: '2026-11-24T06:00:00.000Z' };

/** Failures are what is asked for. */
const logger = new DefaultLogger('ERROR');

/** A namespace that answers each question by the next of these, and then by the last. */
function setUp(...answers: readonly (Freeze | null | Error)[]) {
  const asked = { times: 0 };
  const freeze = async () => {
    const answer = answers[Math.min(asked.times, answers.length - 1)] ?? null;
    asked.times += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const namespace = { freeze };
  const stopping = new AbortController();
  const timing = { pollIntervalMs: 5 };
  const activities = createFreezeActivities({ namespace, timing, stopping: stopping.signal });
  const now = Date.now();
  const times = { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now };
  const environment = new MockActivityEnvironment(times, { logger });
  const wait = (deadlineMs: number) => {
    const deadlineAt = new Date(now + deadlineMs).toISOString();
    return environment.run(() => activities.waitUntilUnfrozen({ deadlineAt }));
  };
  return { environment, namespace, stopping, asked, wait };
}

const isRetryable = (error: unknown) =>
  error instanceof ApplicationFailure && error.type === 'TemporalUnreachable' && error.nonRetryable !== true;

describe('askFreeze', () => {
  it('given a namespace that cannot be asked, then it is worth another try, and no answer', async () => {
    const { environment, namespace } = setUp(new Error('14 UNAVAILABLE'));

    const reading = environment.run(() => askFreeze(namespace));

    await assert.rejects(reading, (error: Error) => isRetryable(error) && /14 UNAVAILABLE/.test(error.message));
  });
});

describe('waitUntilUnfrozen', () => {
  it('ends once the freeze has ended, and at once where there is none', async () => {
    const thawing = setUp(FREEZE, FREEZE, null);
    assert.equal(await thawing.wait(60_000), null);
    assert.equal(thawing.asked.times, 3);

    const free = setUp(null);
    assert.equal(await free.wait(60_000), null);
    assert.equal(free.asked.times, 1);
  });

  it('answers the freeze when its deadline comes first, also one that has passed', async () => {
    for (const deadlineMs of [50, -1000]) assert.deepEqual(await setUp(FREEZE).wait(deadlineMs), FREEZE);
  });

  it('given a namespace that cannot be asked any more, then it is worth another try', async () => {
    await assert.rejects(setUp(FREEZE, new Error('gone')).wait(60_000), isRetryable);
  });

  it('gives up when the worker stops, to be taken up by another', async () => {
    const { wait, stopping, asked } = setUp(FREEZE);
    const waiting = wait(60_000);
    const stopped = assert.rejects(waiting, { type: 'WorkerStopping' });
    await eventually('it waits', () => asked.times > 1);

    stopping.abort();

    await stopped;
  });

  it('ends when it is cancelled', async () => {
    const { wait, environment, asked } = setUp(FREEZE);
    const waiting = wait(60_000);
    const cancelled = assert.rejects(waiting, CancelledFailure);
    await eventually('it waits', () => asked.times > 1);

    environment.cancel();

    await cancelled;
  });
});
