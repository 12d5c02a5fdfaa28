import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../../fixtures/eventually.js';
import { checkOf, getFrom, healthLab } from './lab.js';
import { flapping, httpServer, rawServer, refusedPort } from './servers.js';

describe('a check that waits', () => {
  for (const { pattern, successes, looks } of [
    { pattern: '+', successes: 1, looks: 1 },
    { pattern: '+', successes: 5, looks: 5 },
    { pattern: '------+', successes: 2, looks: 8 },
    { pattern: '+-++', successes: 2, looks: 4 },
    { pattern: '++-++-+++', successes: 3, looks: 9 },
  ]) {
    it(`given answers ${pattern} where ${successes} in a row are needed, then it passes at look ${looks}`, async (t) => {
      const server = await flapping(t, pattern);
      const { answer, observed, apiCalls, attempt } = await healthLab({ attempt: 2 }).check(
        getFrom(server, { successes }),
      );

      assert.equal(server.count(), looks);
      assert.match(answer.message, /^answered 200 in \d+ ms$/);
      assert.deepEqual([answer.check, answer.healthy], [`GET http://{privateIp}:${server.port}/health`, true]);
      assert.deepEqual([observed.status, observed.imageId, apiCalls, attempt], ['running', 'img-new', [], 2]);
    });
  }

  it('given a service that comes up late, then it passes once that answers', async (t) => {
    const port = await refusedPort();
    const lab = healthLab();
    const running = lab.check(checkOf({ kind: 'tcp', port }));
    await eventually('it was refused', () => lab.beats.some(({ lastAnswer }) => /refused/.test(lastAnswer ?? '')));
    await rawServer(t, undefined, { port });

    assert.equal((await running).answer.healthy, true);
  });

  it('heartbeats each answer with the name of the check, and a bad one as the last error', async (t) => {
    const server = await flapping(t, '-+-++');
    const lab = healthLab({ attempt: 3 });
    await lab.check(getFrom(server));

    const name = `GET http://{privateIp}:${server.port}/health`;
    const bad = [`${name}: answered 503`, `${name}: answered 503`];
    const good = [`${name}: answered 200`, null];
    assert.deepEqual(
      lab.beats.map(({ lastAnswer, lastError }) => [lastAnswer, lastError]),
      [bad, good, bad, good, good],
    );
    assert.ok(lab.beats.every(({ attempt, observed }) => attempt === 3 && observed?.status === 'running'));
  });

  it('heartbeats while a look lasts', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const server = await httpServer(t, () => undefined);
    const lab = healthLab();
    const running = lab.check(getFrom(server, { timeoutSeconds: 60 }), async () => {
      await eventually('it has asked', () => server.count() === 1);
      assert.equal(lab.beats.length, 0);
      t.mock.timers.tick(5_000);
      assert.equal(lab.beats.length, 1);
      assert.equal(lab.beats[0]?.observed?.status, 'running');
      lab.cancel();
    });
    await assert.rejects(running, { name: 'CancelledFailure' });
  });
});

describe('a check that a VM passes', () => {
  it('given a last look that shows it on its way up, then that is one of before, and tells nothing', async (t) => {
    const server = await flapping(t, '+');
    const { answer, observed } = await healthLab({ reads: ['starting'] }).check(getFrom(server, { successes: 1 }));
    assert.deepEqual([answer.healthy, observed.status], [true, null]);
  });
});
