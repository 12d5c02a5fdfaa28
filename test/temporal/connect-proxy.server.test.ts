import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, it } from 'node:test';
import { TemporalConnectError } from '../../temporal/connect-settings.js';
import { connectClient } from '../../temporal/connect.js';
import { proxyFor } from '../../temporal/proxy.js';
import { connectWorker } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { testTemporal } from '../fixtures/temporal-env.js';

/** A name that only a proxy can make anything of. */
const BEHIND_PROXY = 'temporal.internal.invalid:7233';

/** A proxy that leads every way to one server, and remembers what it was asked for. @param status - of its answer */
async function startProxy(scope: Scope, to: string, status = 200) {
  const asked: string[] = [];
  const [host, port] = to.split(':');
  const proxy = createServer().on('connect', ({ url }, socket, head) => {
    asked.push(url ?? '');
    socket.on('error', () => socket.destroy());
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    defer(scope, () => void onward.destroy());
    defer(scope, () => void socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  defer(scope, () => void proxy.close());
  return { asked, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

/** gRPC's client reads the environment of the process. */
function setEnvironment(scope: Scope, variables: Readonly<Record<string, string>>): void {
  const names = ['grpc_proxy', 'https_proxy', 'http_proxy', 'no_grpc_proxy', 'no_proxy'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  defer(scope, () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

const DOORS = {
  'a client': async (scope: Scope, address: string) => {
    const client = await connectClient({ address, namespace: 'default', connectionOptions: { address } });
    defer(scope, () => client.connection.close());
  },
  'a worker': async (scope: Scope, address: string) => {
    const connection = await connectWorker({ address, namespace: 'default', connectionOptions: { address } });
    defer(scope, () => connection.close());
  },
};

for (const [who, open] of Object.entries(DOORS)) {
  describe(`${who} where a variable names a proxy`, () => {
    it('reaches this machine without it', async (t) => {
      const { settings } = await testTemporal(t);
      setEnvironment(t, { https_proxy: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' });
      await open(t, settings.address);
    });

    it('reaches another one through it', async (t) => {
      const { settings } = await testTemporal(t);
      const proxy = await startProxy(t, settings.address);
      setEnvironment(t, { https_proxy: proxy.url });
      await open(t, BEHIND_PROXY);
      assert.deepEqual(new Set(proxy.asked), new Set([BEHIND_PROXY]));
    });

    it('names the variable when the proxy refuses', async (t) => {
      const { settings } = await testTemporal(t);
      const proxy = await startProxy(t, settings.address, 403);
      setEnvironment(t, { http_proxy: proxy.url.replace('//', '//me:secret@') });
      await assert.rejects(open(t, BEHIND_PROXY), (error) => {
        assert.ok(error instanceof TemporalConnectError);
        assert.match(error.message, /temporal\.internal\.invalid:7233.*which http_proxy names.*HTTP 403/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });
  });
}

describe('the proxy for a host', () => {
  const env = { https_proxy: 'http://proxy:3128' };
  it('is none for this machine, whatever it is called', () => {
    for (const host of [
      'localhost',
      'LOCALHOST',
      'localhost.',
      'x.localhost',
      '127.0.0.1',
      '127.9.9.9',
      '::1',
      '::ffff:127.0.0.1',
    ])
      assert.equal(proxyFor(host, env), null, host);
    assert.equal(proxyFor('localhost.example.com', env)?.host, 'proxy');
  });

  it('follows the exceptions of gRPC: names by their end, addresses by their network', () => {
    const rows: [string, string, boolean][] = [
      ['temporal.corp', '.corp', false],
      ['temporal.corp', 'other,temporal.corp', false],
      ['10.1.2.3', '10.0.0.0/8', false],
      ['11.1.2.3', '10.0.0.0/8', true],
      ['temporal.example', '.corp', true],
    ];
    for (const [host, no_proxy, isThere] of rows)
      assert.equal(proxyFor(host, { ...env, no_proxy }) !== null, isThere, `${host} ${no_proxy}`);
  });

  it('is none where a variable names what gRPC cannot use', () => {
    for (const https_proxy of ['socks5://proxy:1', 'https://proxy', 'proxy:3128', '%'])
      assert.equal(proxyFor('temporal.corp', { https_proxy }), null, https_proxy);
  });
});
