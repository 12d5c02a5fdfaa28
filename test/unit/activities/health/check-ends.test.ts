import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { FailureDetails } from '../../../../contracts/failure-details.js';
import { eventually } from '../../../fixtures/eventually.js';
import { gone, refused, unavailable } from './jdcloud-errors.js';
import { checkOf, failureOf, getFrom, healthLab } from './lab.js';
import { httpServer, refusedPort } from './servers.js';

const sick = (t: Parameters<typeof httpServer>[0]) =>
  httpServer(t, (response) => response.writeHead(503).end('s3cret words'));

describe('the deadline of a check', () => {
  it('given bad answers until then, then it fails, naming the check and its last answer', async (t) => {
    const server = await sick(t);
    const failed = await failureOf(healthLab().check(getFrom(server), 1_500));

    const name = `GET http://{privateIp}:${server.port}/health`;
    assert.deepEqual([failed.type, failed.nonRetryable], ['HealthCheckFailed', true]);
    assert.match(failed.message, /^A health check did not pass: GET \S+: answered 503 in \d+ ms\.$/);
    assert.deepEqual([failed.facts.health?.check, failed.facts.health?.healthy], [name, false]);
    assert.match(failed.facts.health?.message ?? '', /^answered 503 in \d+ ms$/);
    assert.equal(failed.facts.observed?.status, 'running');
    assert.doesNotMatch(JSON.stringify(failed.details) + failed.message, /s3cret/);
    assert.ok(server.count() > 0);
  });

  it('given good answers, but not enough in a row, then it says how many', async (t) => {
    const server = await httpServer(t, (response) => response.end());
    const check = getFrom(server, { successes: 2, intervalSeconds: 60, deadlineSeconds: 300 });
    const { facts } = await failureOf(healthLab().check(check, 3_000));
    assert.equal(facts.health?.healthy, false);
    assert.match(facts.health?.message ?? '', /^answered 200 in \d+ ms, 1 of 2 good looks in a row$/);
  });

  it('given a first look without an end, then that is the answer', async (t) => {
    const server = await httpServer(t, () => undefined);
    const { type, facts } = await failureOf(healthLab().check(getFrom(server, { timeoutSeconds: 60 }), 500));
    assert.deepEqual([type, facts.health?.message], ['HealthCheckFailed', 'no answer before the deadline']);
    await eventually('the connection is closed', () => server.open() === 0);
  });

  it('given that it has passed before anybody looked, then the VM is not called sick', async (t) => {
    const server = await sick(t);
    const { type, facts, nonRetryable } = await failureOf(healthLab().check(getFrom(server), -1_000));
    assert.deepEqual([type, nonRetryable, facts.health, server.count()], ['DeadlineExceeded', true, undefined, 0]);
  });

  it('given that it has passed when another worker takes over, then what the first has seen counts', async (t) => {
    const first = healthLab();
    const server = await sick(t);
    const running = failureOf(first.check(getFrom(server)));
    await eventually('it was bad', () => first.beats.length > 0);
    first.stopWorker();
    assert.equal((await running).type, 'WorkerStopping');

    const second = healthLab({ attempt: 2, heartbeatDetails: structuredClone(first.beats.at(-1)) });
    const { type, facts } = await failureOf(second.check(getFrom(server), -1_000));
    assert.equal(type, 'HealthCheckFailed');
    assert.match(facts.health?.message ?? '', /^answered 503 in \d+ ms$/);
    assert.ok(second.beats.every(({ lastAnswer }) => lastAnswer === undefined));
  });
});

describe('a check that cannot pass', () => {
  it('given an elastic IP that the VM has not, then it fails at once', async () => {
    const check = checkOf({ kind: 'tcp', host: '{elasticIp}', port: 22 });
    const { type, facts, nonRetryable } = await failureOf(healthLab().check(check));
    assert.deepEqual([type, nonRetryable], ['HealthCheckFailed', true]);
    assert.deepEqual(facts.health, {
      check: 'tcp {elasticIp}:22',
      healthy: false,
      message: 'the VM has no elastic IP address',
    });
  });

  it('given a VM that has one, then it is used', async (t) => {
    const { port } = await httpServer(t, (response) => response.end());
    const lab = healthLab({ elasticIp: '127.0.0.1' });
    const { answer } = await lab.check(checkOf({ kind: 'http', url: `http://{elasticIp}:${port}/` }));
    assert.equal(answer.healthy, true);
  });
});

describe('a check that is broken off', () => {
  it('given a cancellation, then it ends at once, also in a pause', async (t) => {
    const server = await sick(t);
    const lab = healthLab();
    const running = lab.check(getFrom(server, { intervalSeconds: 300 }));
    await eventually('it has looked', () => lab.beats.length > 0);
    lab.cancel();
    await assert.rejects(running, { name: 'CancelledFailure' });
  });

  it('given the end of the worker, then it ends at once, for another worker to go on', async (t) => {
    const server = await httpServer(t, () => undefined);
    const lab = healthLab();
    const running = failureOf(lab.check(getFrom(server, { timeoutSeconds: 60 })));
    await eventually('it has asked', () => server.count() === 1);
    lab.stopWorker();
    const { type, nonRetryable } = await running;
    assert.deepEqual([type, nonRetryable], ['WorkerStopping', false]);
    await eventually('the connection is closed', () => server.open() === 0);
  });

  it('given a worker that stops already, then it does not look', async (t) => {
    const server = await sick(t);
    const lab = healthLab();
    lab.stopWorker();
    assert.equal((await failureOf(lab.check(getFrom(server)))).type, 'WorkerStopping');
    assert.equal(server.count(), 0);
  });

  it('leaves no listener on the signal of the worker, and no heartbeat', async (t) => {
    const server = await httpServer(t, (response) => response.end());
    const lab = healthLab();
    await lab.check(getFrom(server));
    assert.deepEqual(getEventListeners(lab.stopping, 'abort'), []);
  });
});

describe('the VM during a check', () => {
  const badCheck = async () => checkOf({ kind: 'tcp', port: await refusedPort() });

  for (const { name, reads, type, status } of [
    { name: 'stopped', reads: ['running', 'stopped'], type: 'ConcurrentChange', status: 'stopped' },
    { name: 'being stopped', reads: ['running', 'stopping', 'stopped'], type: 'ConcurrentChange', status: 'stopped' },
    {
      name: 'rebuilt by someone else',
      reads: ['running', 'rebuilding'],
      type: 'ConcurrentChange',
      status: 'rebuilding',
    },
    { name: 'stopped before the first look', reads: ['stopped'], type: 'ConcurrentChange', status: 'stopped' },
    { name: 'in error', reads: ['running', 'error'], type: 'VmInError', status: 'error' },
    { name: 'in error before the first look', reads: ['error'], type: 'VmInError', status: 'error' },
    { name: 'deleted', reads: ['running', gone()], type: 'VmDeleted', status: null },
    { name: 'deleted before the first look', reads: [gone()], type: 'VmDeleted', status: null },
    {
      name: 'stopped, seen through errors',
      reads: ['running', unavailable(), 'stopped', refused(), 'stopped'],
      type: 'ConcurrentChange',
      status: 'stopped',
    },
  ]) {
    it(`given one that is ${name}, then it fails as ${type}`, async () => {
      const failed = await failureOf(healthLab({ reads }).check(await badCheck()));
      assert.deepEqual([failed.type, failed.nonRetryable], [type, true]);
      assert.equal(failed.facts.observed?.status, status);
    });
  }

  for (const { name, reads } of [
    { name: 'seen stopped once', reads: ['running', 'stopped', 'running'] },
    {
      name: 'seen stopped now and then, never twice running',
      reads: ['running', 'stopped', 'running', 'stopped', 'running'],
    },
    { name: 'left out of one list', reads: ['running', gone(), 'running'] },
    { name: 'rebooting', reads: ['running', 'rebooting'] },
    { name: 'not to be read', reads: ['running', unavailable(), refused()] },
  ]) {
    it(`given one that is ${name}, then the check goes on`, async () => {
      const lab = healthLab({ reads });
      const running = failureOf(lab.check(await badCheck()));
      await eventually('it was read to the end', () => lab.reads() > reads.length + 1);
      lab.stopWorker();
      assert.equal((await running).type, 'WorkerStopping');
    });
  }

  it('given one seen stopped at first, then good looks do not count until it is seen running', async (t) => {
    const server = await httpServer(t, (response) => response.end());
    const slowly = { pollIntervalMs: 200 };
    const passed = await healthLab({ reads: ['stopped', 'running'], ...slowly }).check(getFrom(server));
    assert.deepEqual([passed.answer.healthy, passed.observed.status], [true, 'running']);
    const { type } = await failureOf(healthLab({ reads: ['stopped'], ...slowly }).check(getFrom(server)));
    assert.equal(type, 'ConcurrentChange');
  });

  it('given good looks, then it is read once', async (t) => {
    const server = await httpServer(t, (response) => response.end());
    const lab = healthLab();
    await lab.check(getFrom(server, { successes: 20 }));
    assert.equal(lab.reads(), 1);
  });

  it('given one that cannot be read at the beginning, then the next attempt tries again', async () => {
    const { type, nonRetryable } = await failureOf(healthLab({ reads: [unavailable()] }).check(await badCheck()));
    assert.deepEqual([type, nonRetryable], ['JdCloudUnavailable', false]);
  });

  it('given one that JD Cloud refuses to show, then it says so, waits, and checks it when that is over', async (t) => {
    const server = await httpServer(t, (response) => response.end());
    const lab = healthLab({ reads: [refused(), refused(), 'running'] });
    const passed = await lab.check(getFrom(server));
    assert.equal(passed.answer.healthy, true);
    assert.match(lab.beats[0]?.lastError ?? '', /^JD Cloud answered 401; .* is tried until 20/);
  });

  it('given one that JD Cloud refuses to show up to the deadline, then it ends as that, and not as sick', async () => {
    const denied = await failureOf(healthLab({ reads: [refused()] }).check(await badCheck(), 50));
    const { httpStatus } = FailureDetails.parse(denied.details?.[0]);
    assert.deepEqual([denied.type, httpStatus], ['CredentialsRefused', 401]);
  });
});
