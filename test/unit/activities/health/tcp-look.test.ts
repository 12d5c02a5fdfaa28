import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { tcpProbe } from '../../../../activities/health/probes.js';
import { eventually } from '../../../fixtures/eventually.js';
import { patient } from './limits.js';
import { rawServer, refusedPort } from './servers.js';

const HAS_IPV6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

describe('a TCP look', () => {
  it('given a port that accepts, then it is good, and the connection is closed again', async (t) => {
    const server = await rawServer(t, (socket) => socket.resume());
    const { isGood, message, tookMs = -1 } = await tcpProbe({ host: '127.0.0.1', port: server.port }, patient());

    assert.deepEqual([isGood, message, tookMs >= 0], [true, 'connected', true]);
    await eventually('the connection is closed', () => server.count() === 1 && server.open() === 0);
  });

  it('given a host name, then it is looked up', async (t) => {
    const { port } = await rawServer(t);
    assert.equal((await tcpProbe({ host: 'localhost', port }, patient())).isGood, true);
  });

  it('given an IPv6 address, with brackets or without, then it is good', { skip: !HAS_IPV6 }, async (t) => {
    const { port } = await rawServer(t, undefined, { host: '::1' });
    for (const host of ['::1', '[::1]']) assert.equal((await tcpProbe({ host, port }, patient())).isGood, true, host);
  });

  it('given a port on which nobody listens, then it is bad, and says so', async () => {
    const look = await tcpProbe({ host: '127.0.0.1', port: await refusedPort() }, patient());
    assert.deepEqual(look, { isGood: false, message: 'connection refused' });
  });

  it('given a host name that nobody has, then it is bad', async () => {
    const { isGood, message } = await tcpProbe({ host: 'no-such-host.invalid', port: 22 }, patient());
    assert.equal(isGood, false);
    assert.match(message, /^host name not found/);
  });

  it('given a server that resets every connection, whenever that comes, then it is a look', async (t) => {
    const { port } = await rawServer(t, (socket) => socket.resetAndDestroy());
    const { message } = await tcpProbe({ host: '127.0.0.1', port }, patient());
    assert.match(message, /^(connected|connection closed)$/);
  });

  it('given a signal that aborts, then it rejects with its reason', async (t) => {
    const { port } = await rawServer(t);
    const reason = new Error('the worker stops');
    const looking = tcpProbe({ host: '127.0.0.1', port }, patient({ signal: AbortSignal.abort(reason) }));
    await assert.rejects(looking, (error) => error === reason);
  });
});
