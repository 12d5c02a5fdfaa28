import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import { readLiveFacts } from '../../../client/connection/live-facts.js';
import type { WaitHeartbeat } from '../../../contracts/rebuild-result.js';

const NAME = 'GET http://{privateIp}/health';
const converter = { ...defaultDataConverter, payloadCodecs: [] };
const observed = { status: 'running', imageId: 'img-new', observedAt: '2026-11-24T12:00:00.000Z' };

/** Reads what a client is told of a step under way, in its `attempt`, whose last heartbeat was this. */
async function factsOf(attempt: number, heartbeat: WaitHeartbeat & { readonly health?: object }) {
  const payloads = [defaultPayloadConverter.toPayload(heartbeat)];
  return await readLiveFacts([{ attempt, heartbeatDetails: { payloads } }], converter);
}

describe('the live facts of a health check', () => {
  it('hold its last answer, good or bad', async () => {
    const bad = `${NAME}: answered 503`;
    assert.deepEqual(await factsOf(1, { attempt: 1, observed, lastError: bad, lastAnswer: bad, health: {} }), {
      attempts: 1,
      observedStatus: 'running',
      lastError: bad,
      lastAnswer: bad,
      answeredBy: 'check',
    });
    const good = `${NAME}: answered 200`;
    const facts = await factsOf(1, { attempt: 1, observed, lastError: null, lastAnswer: good });
    assert.deepEqual([facts.lastError, facts.lastAnswer], [null, good]);
  });

  it('tell why a step waits from what a check has answered', async () => {
    const lastAnswer = 'describeInstance has had no answer since 2026-11-24T12:00:00.000Z';
    const facts = await factsOf(1, { attempt: 1, observed: null, lastError: null, lastAnswer });
    assert.deepEqual([facts.lastAnswer, facts.answeredBy], [lastAnswer, 'step']);
  });

  it('hold no answer of an earlier attempt', async () => {
    const facts = await factsOf(2, { attempt: 1, observed, lastError: null, lastAnswer: `${NAME}: answered 200` });
    assert.deepEqual(facts, { attempts: 2, observedStatus: 'running' });
  });

  it('hold none of a wait that is no check', async () => {
    const facts = await factsOf(1, { attempt: 1, observed, lastError: null });
    assert.equal('lastAnswer' in facts, false);
  });
});
