import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulatorFor } from '../simulator/support/simulator-for-test.js';
import { runFake } from './fake-deps.js';

describe('reimage simulator', () => {
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
