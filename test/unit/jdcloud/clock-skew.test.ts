import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ClockSkewError, CredentialsError } from '../../../jdcloud/errors.js';
import type { CallRecord } from '../../../jdcloud/send-signed.js';
import { region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf, json, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };
const MINUTE_MS = 60_000;
const REFUSAL = {
  requestId: 'r',
  error: { code: 401, status: 'ACCESS_ERROR', message: 'sign result is not same [gw]' },
};

/** A cloud, and a client on a machine whose clock is so many minutes ahead of it. */
async function startSkewed(t: TestContext, minutes: number, secretKey?: string) {
  const machine = { aheadMs: minutes * MINUTE_MS };
  const cloud = await startSimulator({ compress: 1000, state: region({ vms: [vm(VM.instanceId, 'running')] }) });
  t.after(() => cloud.close());
  const calls: CallRecord[] = [];
  const client = clientOf(t, {
    endpoint: cloud.endpoint,
    credentials: async () => ({ ...cloud.credentials, ...(secretKey !== undefined && { secretKey }) }),
    now: () => new Date(Date.now() + machine.aheadMs),
    onCall: (call) => calls.push(call),
  });
  return { cloud, client, machine, calls, statuses: () => cloud.journal.calls().map(({ httpStatus }) => httpStatus) };
}

/** How many minutes from now a request is dated. */
function datedIn(date: unknown): number {
  const iso = String(date).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Math.round((Date.parse(iso) - Date.now()) / MINUTE_MS) + 0; // no -0
}

describe("a clock that is not JD Cloud's", () => {
  for (const minutes of [20, -20]) {
    it(`given ${minutes} minutes ahead, then the first call is dated anew at once and later ones are right`, async (t) => {
      const { client, calls, statuses } = await startSkewed(t, minutes);

      await client.describeInstance(VM);
      await client.describeInstance(VM);

      assert.deepEqual(statuses(), [401, 200, 200]);
      assert.deepEqual(
        calls.map(({ outcome }) => outcome),
        ['clock-skew', 'ok', 'ok'],
      );
      assert.equal(Math.round((calls[0]?.clockSkewMs ?? 0) / MINUTE_MS), minutes);
    });
  }

  it('given a change, then it takes effect once', async (t) => {
    const { cloud, client, statuses } = await startSkewed(t, 20);

    await client.stopInstance(VM, {}, UNASKED);

    assert.deepEqual(statuses(), [401, 200]);
    assert.equal(cloud.journal.effective('stopInstance'), 1);
  });

  it('given that it is set right later, then the correction is taken back the same way', async (t) => {
    const { client, machine, statuses } = await startSkewed(t, 20);
    await client.describeInstance(VM);

    machine.aheadMs = 0;
    await client.describeInstance(VM);
    await client.describeInstance(VM);

    assert.deepEqual(statuses(), [401, 200, 401, 200, 200]);
  });

  it('given ten minutes, which JD Cloud takes, then nothing is corrected', async (t) => {
    const { client, statuses } = await startSkewed(t, 10);

    await client.describeInstance(VM);
    await client.describeInstance(VM);

    assert.deepEqual(statuses(), [200, 200]);
  });

  it('given good answers with a date far away, then requests keep the date of the machine', async (t) => {
    const date = new Date(Date.now() + 20 * MINUTE_MS).toUTCString();
    const server = await startAnswering(t, json({ requestId: 'r' }, 200, { date }));
    const client = clientOf(t, { endpoint: server.endpoint });

    await client.startInstance(VM, UNASKED);
    await client.startInstance(VM, UNASKED);

    assert.deepEqual(
      server.received.map(({ headers }) => datedIn(headers['x-jdcloud-date'])),
      [0, 0],
    );
  });
});

describe('a 401', () => {
  for (const { minutes, sent } of [
    { minutes: 0, sent: 1 },
    { minutes: 20, sent: 2 },
  ]) {
    it(`given a wrong key and a clock ${minutes} minutes ahead, then it is the credentials that are refused`, async (t) => {
      const { client, statuses } = await startSkewed(t, minutes, 'wrong');

      const error: unknown = await client.describeInstance(VM).catch((thrown: unknown) => thrown);

      assert.ok(error instanceof CredentialsError && !(error instanceof ClockSkewError), String(error));
      assert.equal(statuses().length, sent);
    });
  }

  it('given dates that run away from each correction, then it is a ClockSkewError, and no other keys are asked for', async (t) => {
    let minutes = 0;
    const refreshed: (string | undefined)[] = [];
    const server = await startAnswering(t, (response, request) => {
      minutes += 20;
      const date = new Date(Date.now() + minutes * MINUTE_MS).toUTCString();
      json(REFUSAL, 401, { date })(response, request);
    });
    const client = clientOf(t, {
      endpoint: server.endpoint,
      credentials: async (options) => {
        refreshed.push(options?.after);
        return { accessKey: 'A', secretKey: 'S' };
      },
    });

    const error: unknown = await client.stopInstance(VM, {}, UNASKED).catch((thrown: unknown) => thrown);

    assert.ok(error instanceof ClockSkewError && error instanceof CredentialsError, String(error));
    assert.equal(Math.round(error.skewMs / MINUTE_MS), -40);
    assert.match(error.message, /^stopInstance of i-a1: .*401.*the clock of this machine is \d+ s behind JD Cloud's$/);
    assert.deepEqual([error.httpStatus, error.mayHaveArrived], [401, false]);
    assert.deepEqual(
      server.received.map(({ headers }) => datedIn(headers['x-jdcloud-date'])),
      [0, 20],
    );
    assert.deepEqual(refreshed, [undefined]);
  });

  it('given an answer without a date, then nothing is known of the clock', async (t) => {
    const server = await startAnswering(t, (response, request) => {
      response.sendDate = false;
      json(REFUSAL, 401)(response, request);
    });
    const client = clientOf(t, { endpoint: server.endpoint, now: () => new Date(0) });

    await assert.rejects(client.startInstance(VM, UNASKED), { name: 'CredentialsError' });

    assert.equal(server.received.length, 1);
  });
});
