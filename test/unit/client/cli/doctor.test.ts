import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkClock,
  checkCloud,
  type CloudUnderTest,
  openCloud,
} from '../../../../client/cli/commands/doctor/check-jdcloud.js';
import { fail, ok, warn } from '../../../../client/cli/commands/doctor/check.js';
import { checkVersions, exitCodeOfChecks, renderDoctor } from '../../../../client/cli/commands/doctor/doctor.js';
import { ClockSkewError } from '../../../../jdcloud/errors.js';
import { startSimulator } from '../../../../simulator/start-simulator.js';
import { defer } from '../../../fixtures/defer.js';

const NOW = new Date('2026-11-24T06:00:00.000Z');

function clockAt(date: string | null): CloudUnderTest {
  return {
    api: { describeInstances: () => Promise.reject(new Error('not asked')) },
    endpoint: 'http://cloud',
    regionId: 'cn-north-1',
    readDate: async () => date,
    now: () => NOW,
  };
}

describe('doctor on the clock', () => {
  const rows = [
    { date: 'Tue, 24 Nov 2026 06:00:59 GMT', status: 'ok', says: /within 59 s/ },
    { date: 'Tue, 24 Nov 2026 06:02:00 GMT', status: 'warn', says: /120 s behind/ },
    { date: 'Tue, 24 Nov 2026 05:58:00 GMT', status: 'warn', says: /120 s ahead of/ },
    { date: 'soon', status: 'warn', says: /reports no time/ },
    { date: null, status: 'warn', says: /reports no time/ },
  ];
  for (const { date, status, says } of rows) {
    it(`given ${date} at 06:00:00, says ${status}`, async () => {
      const check = await checkClock(clockAt(date));
      assert.equal(check.status, status);
      assert.match(check.message, says);
    });
  }

  it('takes an endpoint that does not answer for one that reports no time', async () => {
    const cloud = { ...clockAt(null), readDate: () => Promise.reject(new Error('ECONNREFUSED')) };
    assert.match((await checkClock(cloud)).message, /reports no time/);
  });
});

describe('doctor on JD Cloud', () => {
  it('is content with a cloud that takes the credentials, whose clock it reads', async (t) => {
    const simulator = await startSimulator();
    defer(t, () => simulator.close());
    const { accessKey, secretKey } = simulator.credentials;
    const env = { JDCLOUD_ENDPOINT: simulator.endpoint, JDCLOUD_ACCESS_KEY: accessKey, JDCLOUD_SECRET_KEY: secretKey };
    const cloud = await openCloud(env, undefined);
    defer(t, () => cloud.close());
    assert.match((await checkCloud(cloud)).message, /took the credentials; \d+ VMs in cn-north-1/);
    assert.equal((await checkClock(cloud)).status, 'ok');
  });

  for (const { minutes, says } of [
    { minutes: 2, says: /^1(19|20|21) s ahead of JD Cloud's$/ },
    { minutes: -2, says: /^1(19|20|21) s behind JD Cloud's$/ },
    { minutes: 20, says: /^(1199|1200|1201) s ahead of JD Cloud's$/ },
  ]) {
    it(`given a clock ${minutes} minutes ahead, then the calls go through and the clock is warned of`, async (t) => {
      const simulator = await startSimulator({ now: () => Date.now() - minutes * 60_000 });
      defer(t, () => simulator.close());
      const { accessKey, secretKey } = simulator.credentials;
      const env = {
        JDCLOUD_ENDPOINT: simulator.endpoint,
        JDCLOUD_ACCESS_KEY: accessKey,
        JDCLOUD_SECRET_KEY: secretKey,
      };
      const cloud = await openCloud(env, undefined);
      defer(t, () => cloud.close());

      const checks = [await checkCloud(cloud), await checkClock(cloud)];

      assert.deepEqual(
        checks.map(({ status }) => status),
        ['ok', 'warn'],
      );
      assert.match(checks[1]?.message ?? '', says);
      assert.match(checks[1]?.mend ?? '', /NTP/);
    });
  }

  it('given a date that no correction mends, then the clock is to be set, not the keys', async () => {
    const facts = { operation: 'x', httpStatus: 401, status: null, code: 401, requestId: 'r', retryAfterMs: null };
    const error = new ClockSkewError('its date was stale', { ...facts, mayHaveArrived: false, skewMs: 1_200_000 });
    const check = await checkCloud({ ...clockAt(null), api: { describeInstances: () => Promise.reject(error) } });

    assert.deepEqual([check.status, check.because], ['fail', 'refused']);
    assert.match(check.mend ?? '', /Set the clock/);
  });

  it('tells refused credentials from a cloud that is away', async (t) => {
    const simulator = await startSimulator();
    defer(t, () => simulator.close());
    const wrong = { JDCLOUD_ENDPOINT: simulator.endpoint, JDCLOUD_ACCESS_KEY: 'A', JDCLOUD_SECRET_KEY: 'S' };
    const refused = await openCloud(wrong, undefined);
    defer(t, () => refused.close());
    const away = await openCloud({ ...wrong, JDCLOUD_ENDPOINT: 'http://127.0.0.1:1' }, undefined);
    defer(t, () => away.close());
    const checks = [await checkCloud(refused), await checkCloud(away)];
    assert.deepEqual(
      checks.map(({ status, because }) => [status, because]),
      [
        ['fail', 'refused'],
        ['fail', 'unreachable'],
      ],
    );
  });

  it('names the variable that is malformed', async () => {
    await assert.rejects(openCloud({ JDCLOUD_ENDPOINT: 'nonsense' }, undefined), /JDCLOUD_ENDPOINT/);
  });
});

describe('doctor as a whole', () => {
  it('warns of a Node that is too old', () => {
    const status = (node: string) => checkVersions({ reimage: '1', node, sdk: '1' }).status;
    assert.deepEqual(['18.20.0', '20.20.1', '20.20.2', '20.21.0', '22.0.0'].map(status), [
      'warn',
      'warn',
      'ok',
      'ok',
      'ok',
    ]);
  });

  it('exits 7 before 3 before 0', () => {
    const away = fail('a', 'unreachable', 'm', 'mend');
    const refused = fail('b', 'refused', 'm', 'mend');
    assert.equal(exitCodeOfChecks([ok('c', 'm'), warn('d', 'm', 'mend')]), 0);
    assert.equal(exitCodeOfChecks([ok('c', 'm'), refused]), 3);
    assert.equal(exitCodeOfChecks([refused, away]), 7);
  });

  it('shows each check with how to mend it', () => {
    const lines = renderDoctor(
      [ok('versions', 'fine'), fail('jdcloud', 'refused', 'no\u001b[2J', 'Check the key.')],
      (style, text) => `${style}:${text}`,
    );
    assert.deepEqual(lines, [
      'green:ok    versions           fine',
      'red:fail  jdcloud            no',
      '      Check the key.',
    ]);
  });
});
