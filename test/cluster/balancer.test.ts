import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { freePort } from '../../temporal/dev-server/dev-server.js';
import { startBalancer } from './balancer.js';

/** A server that says its name, and keeps the connection unless it is told to end it. */
async function backend(t: TestContext, name: string, keeps = false) {
  const server = createServer((socket) => (keeps ? socket.write(name) : socket.end(name)));
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const stop = () => void server.close();
  t.after(stop);
  return { address: `127.0.0.1:${port}`, stop };
}

function dial(address: string) {
  const [host = '', port = ''] = address.split(':');
  return connect(Number(port), host);
}

describe('the balancer', () => {
  it('gives each connection to the next backend, and to the other one when a backend is dead', async (t) => {
    const [a, b] = [await backend(t, 'a'), await backend(t, 'b')];
    const balancer = await startBalancer([a.address, b.address]);
    t.after(() => balancer.close());
    const ask = () => text(dial(balancer.address));

    assert.deepEqual([await ask(), await ask(), await ask()], ['b', 'a', 'b']);
    a.stop();
    assert.deepEqual([await ask(), await ask()], ['b', 'b']);
  });

  it('counts the connections that a backend carries, and breaks them when it closes', async (t) => {
    const a = await backend(t, 'a', true);
    const balancer = await startBalancer([a.address]);
    const socket = dial(balancer.address);
    await once(socket, 'data');

    assert.equal(balancer.load(a.address), 1);
    await Promise.all([once(socket, 'close'), balancer.close()]);
  });
});
