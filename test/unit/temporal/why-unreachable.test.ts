import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import { TemporalConnectError } from '../../../temporal/connect-settings.js';
import { connectClient } from '../../../temporal/connect.js';
import { hostPortOf } from '../../../temporal/proxy.js';
import type { Waiting } from '../../../temporal/waiting.js';
import { connectWorker } from '../../../temporal/worker/start-worker.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';

/** Long enough that nothing of what follows is for want of time. */
const LONG_MS = 10_000;

async function listening(scope: Scope, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(scope, () => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const settingsOf = (address: string) => ({ address, namespace: 'default', connectionOptions: { address } });

const DOORS = [
  { who: 'a client', open: (address: string) => connectClient(settingsOf(address), LONG_MS) },
  { who: 'a worker', open: (address: string) => connectWorker(settingsOf(address), LONG_MS) },
];

for (const { who, open } of DOORS) {
  describe(`${who} that cannot reach Temporal says why, at once`, () => {
    const refused = async (address: string, why: RegExp) =>
      await assert.rejects(open(address), (error) => {
        assert.ok(error instanceof TemporalConnectError);
        assert.ok(error.message.includes(address), error.message);
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /tonic|deadline/i);
        return true;
      });

    it('where nothing listens', () => refused('127.0.0.1:1', /connection refused.*ECONNREFUSED/));

    it('where there is no such host', () =>
      refused('no-such-host.invalid:7233', /no host no-such-host\.invalid|name server does not tell/));

    it('where something else listens', async (t) => {
      const address = await listening(t, createServer());
      await refused(address, /something else listens there/);
    });
  });
}

describe('a server that takes the connection and says nothing', () => {
  it('is told of while it is waited for, and is given up for', async (t) => {
    const address = await listening(
      t,
      createTcpServer((socket) => defer(t, () => void socket.destroy())),
    );
    const told: Waiting[] = [];
    const interrupt = new AbortController();
    const onWaiting = (waiting: Waiting) => void told.push(waiting);
    const settings = { ...settingsOf(address), onWaiting, signal: interrupt.signal };
    const connecting = connectClient(settings, LONG_MS);
    await Promise.race([connecting, eventually('it is told', () => told.length > 0)]);
    assert.equal(told[0]?.what, `the Temporal server at ${address}`);
    interrupt.abort(new Error('enough'));
    await assert.rejects(connecting, /^Error: enough$/);
    await assert.rejects(connectClient(settingsOf(address), 50), /it does not answer within 0\.05 s/);
  });
});

describe('an address', () => {
  it('is read as the SDK reads it', () => {
    assert.deepEqual(hostPortOf('a.b:1'), { host: 'a.b', port: 1 });
    assert.deepEqual(hostPortOf('a.b'), { host: 'a.b', port: 7233 });
    assert.deepEqual(hostPortOf('[::1]:2'), { host: '::1', port: 2 });
    for (const other of ['dns:///a.b:1', 'ipv4:1.2.3.4:5', 'http://a.b:1', ''])
      assert.equal(hostPortOf(other), null, other);
  });
});
