import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { type CodecServerOptions, startCodecServer } from '../../../temporal/encryption/codec-server.js';
import { createPayloadCodec } from '../../../temporal/encryption/payload-codec.js';
import { selfSigned } from '../../fixtures/self-signed.js';

const TOKEN = 'a-token-of-24-signs-here';
const UI = 'https://temporal.example.com';
const SECRET = 'an old pelican';

const codec = createPayloadCodec([{ id: 'k1', secret: createSecretKey(randomBytes(32)) }]);
const foreign = createPayloadCodec([{ id: 'k2', secret: createSecretKey(randomBytes(32)) }]);
const base64 = (value: string) => Buffer.from(value).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64(JSON.stringify(SECRET)) };

const options = (more: Partial<CodecServerOptions> = {}): CodecServerOptions => ({
  codec,
  token: TOKEN,
  host: '127.0.0.1',
  port: 0,
  corsOrigins: [UI],
  ...more,
});

async function start(t: TestContext, more: Partial<CodecServerOptions> = {}) {
  const { url, close } = await startCodecServer(options(more));
  t.after(() => close());
  const ask = (path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return { url, ask };
}

/** Begins a request and sends a byte now and then, for ever. @returns what was answered once the connection is closed */
async function drip(t: TestContext, url: string, rest: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answered = '';
  socket.on('data', (chunk: Buffer) => (answered += chunk.toString())).on('error', () => undefined);
  socket.write(`POST /decode HTTP/1.1\r\nHost: here\r\n${rest}`);
  const dripping = setInterval(() => socket.write(' '), 100);
  t.after(() => clearInterval(dripping));
  await once(socket, 'close', { signal: AbortSignal.timeout(15_000) });
  return answered;
}

describe('the codec server', () => {
  it('encodes and decodes what it is sent, in its order, and lets what is in clear pass', async (t) => {
    const { ask } = await start(t);
    const encoded = await (await ask('/encode', { payloads: [plain, { ...plain, data: base64('2') }] })).json();
    assert.ok(!JSON.stringify(encoded).includes(plain.data));

    const answer = await ask('/decode?preserveStorageRefs=true', {
      payloads: [...(encoded as { payloads: object[] }).payloads, { ...plain, more: { kept: 'as it came' } }, {}],
    });

    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(await answer.json(), {
      payloads: [plain, { ...plain, data: base64('2') }, { ...plain, more: { kept: 'as it came' } }, {}],
    });
  });

  const SLOW = [
    { name: 'with the right token', head: `Authorization: Bearer ${TOKEN}\r\n`, status: '408', withinMs: 500 },
    // Who is refused is not waited for at all.
    { name: 'without a token', head: '', status: '401', withinMs: 60_000 },
    { name: 'of another origin', head: 'Origin: https://elsewhere.example.com\r\n', status: '403', withinMs: 60_000 },
  ];
  for (const { name, head, status, withinMs } of SLOW)
    it(`given a body that comes in byte by byte, ${name}, then the connection is closed`, async (t) => {
      const { url } = await start(t, { receiveWithinMs: withinMs });
      const answered = await drip(t, url, `${head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n`);
      assert.match(answered, new RegExp(`^HTTP/1\\.1 ${status} `));
    });

  it('given a head that comes in byte by byte, then the connection is closed', async (t) => {
    const { url } = await start(t, { receiveWithinMs: 500 });
    assert.match(await drip(t, url, 'X-Slow: '), /^(HTTP\/1\.1 408 |$)/);
  });

  it('given any bearer but the right one, then answers 401 and decodes nothing', async (t) => {
    const { url } = await start(t);
    const body = JSON.stringify({ payloads: [plain] });
    for (const authorization of [
      '',
      'Bearer',
      `Bearer ${TOKEN} `.trimEnd() + 'x',
      `Bearer ${TOKEN.slice(1)}`,
      TOKEN,
      `Basic ${TOKEN}`,
    ]) {
      for (const path of ['/decode', '/encode', '/nowhere']) {
        const headers = { 'content-type': 'application/json', ...(authorization !== '' && { authorization }) };
        const answer = await fetch(url + path, { method: 'POST', headers, body });
        assert.equal(answer.status, 401, `${authorization} ${path}`);
        assert.ok(!(await answer.text()).includes('metadata'));
      }
    }
  });

  it('given a preflight of a page that may ask, then allows what the UI sends, without a token', async (t) => {
    const { url } = await start(t);
    const headers = { origin: UI, 'access-control-request-method': 'POST' };
    const answer = await fetch(`${url}/decode`, { method: 'OPTIONS', headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get('access-control-allow-origin'), UI);
    assert.equal(answer.headers.get('access-control-allow-methods'), 'POST, OPTIONS');
    assert.match(answer.headers.get('access-control-allow-headers') ?? '', /Authorization.*Content-Type.*X-Namespace/);
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    assert.equal(answer.headers.get('vary'), 'Origin');
  });

  it('given a page of any other origin, then turns it away, token or not', async (t) => {
    const { ask } = await start(t);
    const origins = [
      'https://evil.example.com',
      `${UI}.evil.com`,
      `${UI}:8443`,
      'http://temporal.example.com',
      'null',
      '*',
    ];
    for (const origin of origins) {
      for (const method of ['OPTIONS', 'POST']) {
        const answer = await ask('/decode', { payloads: [plain] }, { origin }, method);
        assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [403, null], origin);
      }
    }
    const answer = await ask('/decode', { payloads: [plain] }, { origin: UI });
    assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [200, UI]);
  });

  it('given what it cannot decode, then names the key id and holds no data', async (t) => {
    const { ask } = await start(t);
    const [unknown] = await foreign.encode([{ data: Buffer.from(SECRET) }]);
    const [known] = await codec.encode([{ data: Buffer.from(SECRET) }]);
    const wire = (payload: typeof unknown, data: Uint8Array = Buffer.from(payload?.data ?? [])) => ({
      metadata: {
        encoding: base64('binary/encrypted'),
        'encryption-key-id': base64(payload === unknown ? 'k2' : 'k1'),
      },
      data: Buffer.from(data).toString('base64'),
    });
    const rows = [
      { payload: wire(unknown), says: /"k2", which REIMAGE_CODEC_KEYS lacks/ },
      { payload: wire(known, randomBytes(60)), says: /"k1" does not decrypt/ },
    ];
    for (const { payload, says } of rows) {
      const answer = await ask('/decode', { payloads: [plain, payload] });
      const said = await answer.text();
      assert.equal(answer.status, 400);
      assert.match(JSON.parse(said).message, says);
      assert.ok(!said.includes(plain.data) && !said.includes(payload.data));
    }
  });

  it('given nonsense, then answers 4xx without repeating it', async (t) => {
    const { ask } = await start(t);
    const rows = [
      { body: `{"payloads": ${SECRET}`, status: 400 },
      { body: { payloads: SECRET }, status: 400 },
      { body: { payloads: [{ data: SECRET }] }, status: 400 },
      { body: { payloads: [{ metadata: { encoding: SECRET } }] }, status: 400 },
      { body: { payloads: [null] }, status: 400 },
      { body: [], status: 400 },
      { body: SECRET, status: 415, headers: { 'content-type': 'text/css' } },
      { body: { payloads: [] }, path: '/elsewhere', status: 404 },
    ];
    for (const { body, status, headers, path = '/decode' } of rows) {
      const answer = await ask(path, body, headers);
      assert.equal(answer.status, status, JSON.stringify(body));
      const { message } = (await answer.json()) as { message: string };
      assert.equal(message, status === 404 ? 'POST /decode or /encode.' : 'The body is no JSON with payloads.');
    }
  });

  it('given a certificate, then serves TLS, and nothing in clear', async (t) => {
    const { cert, key } = selfSigned();
    const tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
    const { url } = await start(t, { host: '0.0.0.0', tls });
    const { port, protocol } = new URL(url);
    assert.equal(protocol, 'https:');
    const said = await new Promise<string>((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
      const asking = httpsRequest({ host: '127.0.0.1', port, path: '/decode', method: 'POST', ca: cert, headers });
      asking.once('error', reject).once('response', (answer) => void textOf(answer).then(resolve, reject));
      asking.end(JSON.stringify({ payloads: [plain] }));
    });
    assert.deepEqual(JSON.parse(said), { payloads: [plain] });
    await assert.rejects(fetch(`http://127.0.0.1:${port}/decode`, { method: 'POST' }));
  });
});

describe('the codec server does not start', () => {
  const rows: { name: string; more: Partial<CodecServerOptions>; says: RegExp }[] = [
    { name: 'beyond this machine without TLS', more: { host: '0.0.0.0' }, says: /Without TLS .* "0\.0\.0\.0" is not/ },
    { name: 'on all of IPv6 without TLS', more: { host: '::' }, says: /Without TLS/ },
    { name: 'on a name like a loopback address', more: { host: '127.0.0.1.example.com' }, says: /Without TLS/ },
    { name: 'with a short token', more: { token: 'fifteen-signs-x' }, says: /token is shorter than 16/ },
    { name: 'for any origin', more: { corsOrigins: [UI, '*'] }, says: /"\*" is no exact origin/ },
    { name: 'for an origin with a path', more: { corsOrigins: [`${UI}/`] }, says: /no exact origin/ },
    { name: 'for the opaque origin', more: { corsOrigins: ['null'] }, says: /no exact origin/ },
  ];
  for (const { name, more, says } of rows) {
    it(name, async (t) => {
      const starting = startCodecServer(options(more));
      // One that starts after all must not keep this test from ending.
      t.after(() => starting.then(({ close }) => close()).catch(() => undefined));
      await assert.rejects(starting, (error: Error) => {
        assert.equal(error.name, 'SettingsError');
        assert.match(error.message, says);
        assert.ok(!error.message.includes('fifteen'));
        return true;
      });
    });
  }

  for (const host of ['127.0.0.2', 'localhost']) {
    it(`except on ${host}, which is this machine`, async () => {
      const { close } = await startCodecServer(options({ host }));
      await close();
    });
  }
});
