import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegionLimiters } from '../../../jdcloud/region-limiters.js';
import { eventually } from '../../fixtures/eventually.js';
import { clientOf, KEYS, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };

describe('what a client has no answer of yet', () => {
  it('is the call that JD Cloud has taken, and nothing once it is answered', async (t) => {
    let answer = (): void => undefined;
    const server = await startAnswering(t, (response) => void (answer = () => void response.writeHead(404).end('{}')));
    const client = clientOf(t, { endpoint: server.endpoint });
    const call = client.describeInstance(VM).catch(() => undefined);
    await eventually('it has arrived', () => server.received.length === 1);
    assert.equal(client.unanswered(VM.regionId)?.call, 'describeInstance of i-a1');
    answer();
    await call;
    assert.equal(client.unanswered(VM.regionId), null);
  });

  it('is no call that still waits for its credentials', async (t) => {
    const server = await startAnswering(t, (response) => response.writeHead(404).end('{}'));
    let give = (): void => undefined;
    const credentials = () => new Promise<typeof KEYS>((resolve) => (give = () => resolve(KEYS)));
    const client = clientOf(t, { endpoint: server.endpoint, credentials });
    const call = client.describeInstance(VM).catch(() => undefined);
    assert.equal(client.unanswered(VM.regionId), null);
    give();
    await call;
  });

  it('is no call that still waits for its turn', async (t) => {
    const server = await startAnswering(t, (response) => response.writeHead(404).end('{}'));
    const limiters = createRegionLimiters({ callsPerMinute: 1 });
    const client = clientOf(t, { endpoint: server.endpoint, limiters });
    const calls = Array.from({ length: 9 }, () => client.describeInstance(VM).catch(() => undefined));
    await eventually(
      'some wait',
      () => (limiters.waiting().get(VM.regionId) ?? 0) > 0 && client.unanswered(VM.regionId) === null,
    );
    client.close();
    void Promise.all(calls);
  });
});
