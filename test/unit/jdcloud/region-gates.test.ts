import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CredentialProvider } from '../../../jdcloud/credentials.js';
import { ThrottledError } from '../../../jdcloud/errors.js';
import { createRegionLimiters } from '../../../jdcloud/region-limiters.js';
import type { CallRecord } from '../../../jdcloud/send-signed.js';
import { startDeadline } from '../../../jdcloud/timeout.js';
import { DEFAULT_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { FaultKind } from '../../../simulator/model/fault-rule.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { eventually } from '../../fixtures/eventually.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf, json, KEYS, startAnswering } from './answering-server.js';
import { ManualClock } from './manual-clock.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };
const OTHER_REGION = { regionId: 'cn-east-2' };
const REBUILD = { password: 'Gates-4-rebuild', imageId: DEFAULT_IMAGE_ID };

/** A cloud and a client of it whose limiters go by a clock that the test moves. */
async function start(t: TestContext, { callsPerMinute = null }: { callsPerMinute?: number | null } = {}) {
  const cloud = await startSimulator({ compress: 1000, state: region({ vms: [vm(VM.instanceId, 'stopped')] }) });
  t.after(() => cloud.close());
  const clock = new ManualClock();
  const limiters = createRegionLimiters({ clock, callsPerMinute });
  const calls: CallRecord[] = [];
  const { endpoint, credentials } = cloud;
  const options = {
    endpoint,
    credentials: async () => credentials,
    limiters,
    onCall: (call: CallRecord) => calls.push(call),
  };
  const client = clientOf(t, options);
  const operations = () => cloud.journal.calls().map(({ operation }) => operation);
  const waiting = async (calling: number) =>
    await eventually(`${calling} wait`, () => (limiters.waiting().get(VM.regionId) ?? 0) === calling);
  return { cloud, clock, limiters, client, calls, operations, waiting, newClient: () => clientOf(t, options) };
}

/** Has one call of the region throttled. */
async function throttle({ cloud, client }: Awaited<ReturnType<typeof start>>, kind: FaultKind): Promise<void> {
  cloud.addFault({ operation: 'describeInstance', kind });
  await assert.rejects(client.describeInstance(VM), ThrottledError);
}

describe('a region that throttles', () => {
  it('given two callers of which one is hit, then both wait as long as Retry-After says, and another region does not', async (t) => {
    const stand = await start(t);
    const { clock, client, newClient, operations, waiting } = stand;
    await throttle(stand, { throttle: true, retryAfterSeconds: 20 });

    const both = [client.describeInstances(VM), newClient().describeInstances(VM)];
    await waiting(2);
    await client.describeInstances(OTHER_REGION);
    clock.advance(19_999);
    await waiting(2);
    assert.deepEqual(operations(), ['describeInstance', 'describeInstances']);

    clock.advance(1);
    await Promise.all(both);
    assert.equal(operations().length, 4);
  });

  it('given no Retry-After, then all wait for a second', async (t) => {
    const stand = await start(t);
    const { clock, client, operations, waiting } = stand;
    await throttle(stand, { throttle: true });

    const read = client.describeInstances(VM);
    await waiting(1);
    clock.advance(999);
    await waiting(1);
    assert.equal(operations().length, 1);
    clock.advance(1);

    await read;
  });

  it('given a quota that is used up, then nobody waits', async (t) => {
    const { cloud, client } = await start(t);
    cloud.addFault({ operation: 'createImage', kind: { quota: true } });
    await assert.rejects(client.createImage(VM, { name: 'backup' }, UNASKED), { name: 'QuotaError' });

    await client.describeInstances(VM);
  });

  it('given a change and a read that wait, then the change goes first', async (t) => {
    const stand = await start(t);
    const { clock, client, operations, waiting } = stand;
    await throttle(stand, { throttle: true });

    const read = client.describeInstances(VM);
    const change = client.startInstance(VM, UNASKED);
    await waiting(2);
    clock.advance(1_000);
    await Promise.all([read, change]);

    assert.deepEqual(operations(), ['describeInstance', 'startInstance', 'describeInstances']);
  });

  it('given a rebuild, then it waits for no more than three seconds, is not sent later, and says so', async (t) => {
    const stand = await start(t);
    const { cloud, clock, client, waiting } = stand;
    await throttle(stand, { throttle: true, retryAfterSeconds: 20 });
    await assert.rejects(client.rebuildInstance(VM, REBUILD, UNASKED), (error: unknown) => {
      assert.ok(error instanceof ThrottledError, String(error));
      assert.deepEqual([error.mayHaveArrived, error.httpStatus, error.retryAfterMs], [false, null, 20_000]);
      assert.match(error.message, /^rebuildInstance of i-a1: not sent, JD Cloud throttles cn-north-1, .* in 20 s$/);
      return true;
    });

    const patient = client.startInstance(VM, UNASKED);
    await waiting(1);
    clock.advance(20_000);
    await patient;
    assert.deepEqual(cloud.journal.calls({ operation: 'rebuildInstance' }), []);
  });

  it('given a caller that aborts, then its wait ends with its reason and nothing is sent', async (t) => {
    const stand = await start(t);
    const { clock, client, operations, waiting } = stand;
    await throttle(stand, { throttle: true });
    const caller = new AbortController();
    const read = client.describeInstances(VM, { signal: caller.signal });
    await waiting(1);

    caller.abort(new Error('no longer needed'));

    await assert.rejects(read, /no longer needed/);
    clock.advance(60_000);
    assert.equal(operations().length, 1);
  });

  it('given calls that are not sent, then onCall hears nothing of them', async (t) => {
    const stand = await start(t);
    await throttle(stand, { throttle: true, retryAfterSeconds: 60 });
    await assert.rejects(stand.client.describeInstances(VM), /not sent/);

    assert.deepEqual(
      stand.calls.map(({ outcome }) => outcome),
      ['throttled'],
    );
  });
});

describe('a cap on calls a minute', () => {
  it('given more calls at once, then no more go than it allows, in any minute', async (t) => {
    const { clock, client, limiters, operations, newClient } = await start(t, { callsPerMinute: 30 });
    const callers = [client, newClient()];
    const all: Promise<unknown>[] = [];
    const ask = () => all.push(...callers.map((caller) => caller.describeInstances(VM)));
    const sentBy: number[] = [];
    for (let second = 0; second <= 120; second++) {
      if (second % 4 === 0) ask();
      await eventually('each call waits or has arrived', () => {
        return operations().length + (limiters.waiting().get(VM.regionId) ?? 0) === all.length;
      });
      sentBy.push(operations().length);
      clock.advance(1_000);
    }
    clock.advance(30_000);
    await Promise.all(all);

    assert.equal(sentBy[0], 2);
    const inAMinute = sentBy.slice(60).map((sent, at) => sent - (sentBy[at - 1] ?? 0));
    assert.equal(Math.max(...inAMinute), 30);
  });

  it('given a burst, then a sixth goes at once', async (t) => {
    const { clock, client, operations, waiting } = await start(t, { callsPerMinute: 30 });
    const all = Array.from({ length: 8 }, () => client.describeInstances(VM));

    await waiting(3);
    await eventually('five have arrived', () => operations().length === 5);
    clock.advance(30_000);
    await Promise.all(all);
  });

  it('given other regions, then each has its own', async (t) => {
    const { client, limiters, waiting } = await start(t, { callsPerMinute: 6 });
    await client.describeInstances(VM);
    const caller = new AbortController();
    const second = client.describeInstances(VM, { signal: caller.signal });
    await waiting(1);

    await client.describeInstances(OTHER_REGION);

    assert.deepEqual(
      [...limiters.waiting()],
      [
        [VM.regionId, 1],
        [OTHER_REGION.regionId, 0],
      ],
    );
    caller.abort();
    await assert.rejects(second);
  });

  it('given a call that was refused for its keys, then it takes its turn again before it goes out with other keys', async (t) => {
    const refusal = { requestId: 'r', error: { code: 401, status: 'ACCESS_ERROR', message: 'Invalid accessKey' } };
    const server = await startAnswering(t, json(refusal, 401));
    const clock = new ManualClock();
    const limiters = createRegionLimiters({ clock, callsPerMinute: 6 });
    const credentials: CredentialProvider = async ({ after } = {}) =>
      after === 'refused' ? { ...KEYS, accessKey: 'NEW' } : KEYS;
    const client = clientOf(t, { endpoint: server.endpoint, credentials, limiters });

    const call = client.startInstance(VM, UNASKED);
    await eventually('the call waits', () => limiters.waiting().get(VM.regionId) === 1);
    assert.equal(server.received.length, 1);
    clock.advance(12_000);

    await assert.rejects(call, { name: 'CredentialsError' });
    assert.equal(server.received.length, 2);
  });
});

describe('the time that a call has', () => {
  it('does not count while it waits to be let through', async (t) => {
    const server = await startAnswering(t, json({ requestId: 'r' }));
    const timeoutMs = 1_000;
    const limiters = createRegionLimiters();
    const enter: typeof limiters.enter = async (call, signal) => {
      await delay(timeoutMs + 100);
      return await limiters.enter(call, signal);
    };
    const client = clientOf(t, { endpoint: server.endpoint, timeoutMs, limiters: { ...limiters, enter } });

    await client.startInstance(VM, UNASKED);
  });

  it('goes on after a pause where it stood', async () => {
    const clock = new ManualClock();
    const deadline = startDeadline(10_000, undefined, clock);
    clock.advance(4_000);
    await deadline.paused(async () => clock.advance(100_000));

    clock.advance(5_999);
    assert.equal(deadline.isOver(), false);
    clock.advance(1);
    assert.deepEqual([deadline.isOver(), deadline.signal.aborted], [true, true]);
  });

  it('is over, and nothing is begun, when the process stood still before a pause', async () => {
    const clock = new ManualClock();
    let now = 0;
    const deadline = startDeadline(10_000, undefined, { after: clock.after, now: () => now });
    let begun = false;
    now = 10_000;

    await assert.rejects(
      deadline.paused(async () => (begun = true)),
      { name: 'AbortError' },
    );

    assert.deepEqual([deadline.isOver(), begun], [true, false]);
  });
});
