import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { simulatorFor } from '../../simulator/support/simulator-for-test.js';
import { runFake } from './fake-deps.js';

describe('reimage simulator', () => {
  it('tells how to reach it, with the region of its state', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
    t.after(() => rm(directory, { recursive: true }));
    const state = join(directory, 'state.json');
    await writeFile(state, '{"regionId": "cn-east-2", "vms": [{"instanceId": "i-a1"}]}');

    const onInterrupt = (listener: () => void) => {
      setImmediate(listener);
      return () => undefined;
    };
    const { exitCode, out } = await runFake(['simulator', '--state', state], { io: { onInterrupt } });

    assert.equal(exitCode, 0);
    const told = out.join('\n');
    assert.match(told, /export JDCLOUD_ENDPOINT=http:\/\/127\.0\.0\.1:\d+$/m);
    assert.match(told, /export JDCLOUD_REGION=cn-east-2$/m);
  });

  it('refuses a port that is none, and one that is taken', async (t) => {
    const { endpoint } = await simulatorFor(t);
    const { port } = new URL(endpoint);
    for (const [given, says] of [
      ['70000', /port: /],
      [port, /It cannot listen on port \d+: .*EADDRINUSE/],
    ] as const) {
      const { exitCode, err } = await runFake(['simulator', '--port', given]);
      assert.equal(exitCode, 2);
      assert.match(err.join('\n'), says);
    }
  });
});
