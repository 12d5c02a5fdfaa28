import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../fixtures/eventually.js';
import { isAlive } from '../fixtures/is-alive.js';
import { pidsIn, startDemo } from './start-demo.js';

const DEMO = 'demo/demo.ts';

describe('npm run demo', () => {
  it('rebuilds a VM through lost answers, erases it once, shows it, and leaves nothing running', async (t) => {
    const { written, ended } = startDemo(t, DEMO);
    const { exitCode } = await ended;

    assert.equal(exitCode, 0, written.err);
    assert.match(written.out, /^done: rebuild of i-\w+ in cn-north-1/m);
    assert.match(written.out, /stopInstance +503 +not performed/);
    assert.match(written.out, /rebuildInstance +503 +not performed[^]*rebuildInstance +500 +performed/);
    assert.match(written.out, /startInstance +429 +not performed/);
    assert.match(written.out, /^rebuildInstance was sent 2 times, performed 1$/m);
    assert.match(
      written.out,
      /^http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/rebuild%3Acn-north-1[^/]+\/[^/]+$/m,
    );
    const pids = pidsIn(written.err);
    assert.equal(pids.length, 2, written.err);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it('stops what it has started when it is interrupted while it starts', async (t) => {
    const { written, ended, interrupt } = startDemo(t, DEMO, '--keep');
    await eventually('the server runs', () => written.err.includes('starting a worker'));
    interrupt();

    assert.deepEqual(await ended, { exitCode: null, signal: 'SIGINT' });
    const [server = 0] = pidsIn(written.err);
    assert.notEqual(server, 0);
    assert.equal(isAlive(server), false);
    assert.equal(written.out, '');
  });

  it('says which option it does not know', async (t) => {
    const { written, ended } = startDemo(t, DEMO, '--keeep');
    assert.equal((await ended).exitCode, 1);
    assert.match(written.err, /^demo: .*--keeep/m);
  });
});
