import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freePort } from '../../../temporal/dev-server/dev-server.js';

/** Where Linux begins to take the ports of outgoing connections from; others begin higher. */
const FIRST_OF_OUTGOING = 32_768;

describe('a free port', () => {
  it('can be listened on, is none that an outgoing connection may be given, and is seldom the last one again', async () => {
    const ports = new Set<number>();
    for (let turn = 0; turn < 20; turn += 1) {
      const port = await freePort();
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(port, '127.0.0.1', resolve);
      });
      await new Promise((resolve) => server.close(resolve));
      assert.ok(port >= 1024 && port < FIRST_OF_OUTGOING, String(port));
      ports.add(port);
    }
    assert.ok(ports.size > 15, `${ports.size} of 20`);
  });
});
