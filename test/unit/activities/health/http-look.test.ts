import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, it, type TestContext } from 'node:test';
import { httpProbe, type HttpTarget } from '../../../../activities/health/http-probe.js';
import { eventually } from '../../../fixtures/eventually.js';
import { IMPATIENT_MS, patient } from './limits.js';
import { httpServer, rawServer, refusedPort } from './servers.js';

const HAS_IPV6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

const look = (url: string, target: Partial<HttpTarget> = {}, timeoutMs = 20_000) =>
  httpProbe({ url, insecureTls: false, ...target }, patient({ timeoutMs }));

/** A server that answers every request with this status and body. */
const answering = (t: TestContext, status: number, body = '') =>
  httpServer(t, (response) => response.writeHead(status).end(body));

function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

describe('an HTTP look', () => {
  for (const { status, statuses, isGood } of [
    { status: 200, isGood: true },
    { status: 299, isGood: true },
    { status: 302, isGood: false },
    { status: 404, isGood: false },
    { status: 503, isGood: false },
    { status: 401, statuses: [401, 403], isGood: true },
    { status: 200, statuses: [401, 403], isGood: false },
  ]) {
    it(`given ${status} where ${statuses?.join(' or ') ?? '2xx'} is good, then it is ${isGood ? 'good' : 'bad'}`, async (t) => {
      const { port } = await answering(t, status);
      const found = await look(`http://127.0.0.1:${port}/`, { statuses });

      assert.deepEqual([found.isGood, found.message], [isGood, `answered ${status}`]);
      assert.ok(found.tookMs !== undefined && found.tookMs >= 0);
    });
  }

  it('asks for the path and the query by GET, says who it is, and keeps no connection', async (t) => {
    const asked: unknown[] = [];
    const server = await httpServer(t, (response, _before, { method, url, headers }) => {
      asked.push([method, url, headers['user-agent'], headers.connection, headers.authorization]);
      response.end();
    });
    await look(`http://127.0.0.1:${server.port}/healthz?deep=1#part`);

    assert.deepEqual(asked, [['GET', '/healthz?deep=1', 'reimage', 'close', undefined]]);
    await eventually('the connection is closed', () => server.open() === 0);
  });

  it('follows no redirect', async (t) => {
    const server = await httpServer(t, (response) => response.writeHead(301, { location: '/' }).end());
    const { isGood, message } = await look(`http://127.0.0.1:${server.port}/`);

    assert.deepEqual([isGood, message, server.count()], [false, 'answered 301', 1]);
  });

  it('uses no proxy of the environment', async (t) => {
    const { port } = await answering(t, 200);
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])
      setVariable(t, name, `http://127.0.0.1:${await refusedPort()}`);
    for (const name of ['NO_PROXY', 'no_proxy']) setVariable(t, name, '');

    assert.equal((await look(`http://127.0.0.1:${port}/`)).isGood, true);
  });

  it('given an IPv6 address in brackets, then it is good', { skip: !HAS_IPV6 }, async (t) => {
    const { port } = await httpServer(t, (response) => response.end(), { host: '::1' });
    assert.equal((await look(`http://[::1]:${port}/`)).isGood, true);
  });

  it('given a port on which nobody listens, then it is bad, by name and by address', async () => {
    const port = await refusedPort();
    const refused = { isGood: false, message: 'connection refused' };
    assert.deepEqual(await look(`http://127.0.0.1:${port}/`), refused);
    assert.deepEqual(await look(`http://localhost:${port}/`), refused);
  });

  it('given a server that never answers, then it is bad after its time, and the connection is closed', async (t) => {
    const server = await httpServer(t, () => undefined);
    const found = await look(`http://127.0.0.1:${server.port}/`, {}, IMPATIENT_MS);

    assert.deepEqual(found, { isGood: false, message: 'no answer within 0.3 s' });
    await eventually('the connection is closed', () => server.open() === 0);
  });

  it('given a signal that aborts meanwhile, then it rejects with its reason, and the connection is closed', async (t) => {
    const server = await httpServer(t, () => undefined);
    const controller = new AbortController();
    const reason = new Error('the worker stops');
    const target = { url: `http://127.0.0.1:${server.port}/`, insecureTls: false };
    const looking = httpProbe(target, patient({ signal: controller.signal }));
    await eventually('it was asked', () => server.count() === 1);
    controller.abort(reason);

    await assert.rejects(looking, (error) => error === reason);
    await eventually('the connection is closed', () => server.open() === 0);
  });
});

describe('an HTTPS look', () => {
  it('given a certificate that nobody vouches for, then it is bad', async (t) => {
    const { port, count } = await httpServer(t, (response) => response.end(), { tls: true });
    const found = await look(`https://127.0.0.1:${port}/`);

    assert.deepEqual(found, { isGood: false, message: 'certificate refused (DEPTH_ZERO_SELF_SIGNED_CERT)' });
    assert.equal(count(), 0);
  });

  it('given the same with insecureTls, then it is good', async (t) => {
    const { port } = await httpServer(t, (response) => response.end('fine'), { tls: true });
    assert.equal((await look(`https://127.0.0.1:${port}/`, { insecureTls: true, bodyIncludes: 'fine' })).isGood, true);
  });

  it('given a server that speaks no TLS, then it is bad', async (t) => {
    const { port } = await answering(t, 200);
    const { isGood, message } = await look(`https://127.0.0.1:${port}/`);
    assert.equal(isGood, false);
    assert.match(message, /^TLS failed \([A-Z_0-9]+\)$/);
  });

  it('given a server that never shakes hands, then it is bad after its time', async (t) => {
    const { port } = await rawServer(t);
    assert.equal((await look(`https://127.0.0.1:${port}/`, {}, IMPATIENT_MS)).message, 'no answer within 0.3 s');
  });
});
