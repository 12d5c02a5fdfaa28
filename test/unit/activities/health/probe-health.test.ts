import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../../fixtures/eventually.js';
import { gone, unavailable } from './jdcloud-errors.js';
import { checkOf, failureOf, getFrom, healthLab } from './lab.js';
import { flapping, httpServer, refusedPort } from './servers.js';

describe('a probe of one check', () => {
  for (const { pattern, successes, healthy, looks } of [
    { pattern: '+', successes: 1, healthy: true, looks: 1 },
    { pattern: '+', successes: 3, healthy: true, looks: 3 },
    { pattern: '-++', successes: 2, healthy: true, looks: 3 },
    { pattern: '+-++', successes: 2, healthy: true, looks: 4 },
    { pattern: '--++', successes: 2, healthy: true, looks: 4 },
    { pattern: '--+', successes: 1, healthy: true, looks: 3 },
    { pattern: '---+', successes: 1, healthy: false, looks: 3 },
    { pattern: '---+', successes: 2, healthy: false, looks: 3 },
    { pattern: '+-+-+', successes: 2, healthy: false, looks: 4 },
    { pattern: '++-+++', successes: 3, healthy: false, looks: 3 },
  ]) {
    it(`given answers ${pattern} where ${successes} good ones are needed, then it is ${healthy ? 'healthy' : 'sick'} after ${looks} looks`, async (t) => {
      const server = await flapping(t, pattern);
      const { answers } = await healthLab().probe(getFrom(server, { successes }));
      assert.deepEqual([answers[0]?.healthy, server.count()], [healthy, looks]);
    });
  }

  it('says what the last look said, and of a sick one what the last bad look said', async (t) => {
    const good = getFrom(await flapping(t, '-++'));
    const sick = getFrom(await flapping(t, '+-+-'));
    const { answers } = await healthLab().probe(good, sick);
    assert.match(answers[0]?.message ?? '', /^answered 200 in \d+ ms$/);
    assert.match(answers[1]?.message ?? '', /^answered 503 in \d+ ms$/);
  });

  it('ends with the deadline of the check, too', async () => {
    const port = await refusedPort();
    const check = checkOf({ kind: 'tcp', port }, { intervalSeconds: 60, deadlineSeconds: 30 });
    const { answers } = await healthLab().probe(check);
    assert.deepEqual(answers, [{ check: `tcp {privateIp}:${port}`, healthy: false, message: 'connection refused' }]);
  });
});

describe('a probe', () => {
  it('makes all checks at once, and answers in their order', async (t) => {
    const waiting: (() => void)[] = [];
    const server = await httpServer(t, (response) => {
      waiting.push(() => response.end());
      if (waiting.length === 3) for (const answer of waiting) answer();
    });
    const good = getFrom(server, { successes: 1 });
    const bad = checkOf({ kind: 'tcp', port: await refusedPort() });
    const { answers, observed, apiCalls } = await healthLab().probe(good, bad, good, good);

    assert.deepEqual(
      answers.map(({ healthy }) => healthy),
      [true, false, true, true],
    );
    assert.deepEqual([observed.status, observed.imageId, apiCalls], ['running', 'img-new', []]);
  });

  it('given an elastic IP that the VM has not, then that is the answer', async () => {
    const { answers } = await healthLab().probe(checkOf({ kind: 'tcp', host: '{elasticIp}', port: 22 }));
    assert.deepEqual(answers, [
      { check: 'tcp {elasticIp}:22', healthy: false, message: 'the VM has no elastic IP address' },
    ]);
  });

  it('given a VM that does not run, then nothing is looked at', async (t) => {
    const server = await flapping(t, '+');
    const { answers, observed } = await healthLab({ reads: ['stopped'] }).probe(getFrom(server), getFrom(server));
    assert.deepEqual(
      answers.map(({ healthy, message }) => [healthy, message]),
      [
        [false, 'the VM is stopped'],
        [false, 'the VM is stopped'],
      ],
    );
    assert.deepEqual([observed.status, server.count()], ['stopped', 0]);
  });

  it('given a VM that JD Cloud does not know, or that cannot be read, then it fails as other reads do', async (t) => {
    const check = getFrom(await flapping(t, '+'));
    const notFound = await failureOf(healthLab({ reads: [gone()] }).probe(check));
    assert.deepEqual([notFound.type, notFound.nonRetryable], ['VmNotFound', true]);
    const away = await failureOf(healthLab({ reads: [unavailable()] }).probe(check));
    assert.deepEqual([away.type, away.nonRetryable], ['JdCloudUnavailable', false]);
  });

  it('given a cancellation or the end of the worker, then it ends at once', async (t) => {
    const silent = await httpServer(t, () => undefined);
    const [cancelled, stopped] = [healthLab(), healthLab()];
    const check = getFrom(silent, { timeoutSeconds: 60 });
    const one = cancelled.probe(check);
    const other = failureOf(stopped.probe(check));
    await eventually('both have asked', () => silent.count() === 2);
    cancelled.cancel();
    stopped.stopWorker();

    await assert.rejects(one, { name: 'CancelledFailure' });
    const { type, nonRetryable } = await other;
    assert.deepEqual([type, nonRetryable], ['WorkerStopping', false]);
  });
});
