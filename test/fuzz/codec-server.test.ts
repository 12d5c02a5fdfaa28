import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { startCodecServer } from '../../temporal/encryption/codec-server.js';
import { createPayloadCodec } from '../../temporal/encryption/payload-codec.js';
import { holds } from './holds.js';
import { deep, hostileJson, hostileText, jsonOf } from './hostile.js';
import { bytesOf, exchange } from './raw-http.js';

const TOKEN = 'a-token-of-24-signs-here';
const codec = createPayloadCodec([{ id: 'k1', secret: createSecretKey(randomBytes(32)) }]);

async function start(t: TestContext): Promise<string> {
  const server = await startCodecServer({
    codec,
    token: TOKEN,
    host: '127.0.0.1',
    port: 0,
    corsOrigins: ['https://a.b'],
  });
  t.after(() => server.close());
  return server.url;
}

const ask = (url: string, path: string, body: string) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body,
  });

const base64 = (bytes: string) => Buffer.from(bytes).toString('base64');
/** Keys of metadata are UTF-8 on their way to Temporal. JSON with the key `__proto__` is refused as a whole. */
const metadataKey = hostileText.map((text) => Buffer.from(text).toString()).filter((text) => text !== '__proto__');
const payload = fc.record({
  metadata: fc.dictionary(metadataKey, hostileText.map(base64), { maxKeys: 3 }),
  data: hostileText.map(base64),
});
const direction = fc.constantFrom('/decode', '/encode');

describe('the codec server, given nonsense', () => {
  it('answers a body that is none with 4xx and a message of its own', async (t) => {
    const url = await start(t);
    const odd = fc.record({ metadata: hostileJson, data: hostileJson });
    const encrypted = fc.record({
      metadata: fc.constant({ encoding: base64('binary/encrypted'), 'encryption-key-id': base64('k1') }),
      data: hostileText.map(base64),
    });
    const body = fc.oneof(
      hostileText,
      hostileJson.map((json) => JSON.stringify(json) ?? ''),
      fc
        .array(fc.oneof(odd, encrypted), { minLength: 1, maxLength: 3 })
        .map((payloads) => JSON.stringify({ payloads })),
      deep.map(jsonOf),
    );
    const messages = /^(The body is no JSON with payloads\.|A payload (is )?encrypted by key "[^"]*"[^"]+\.)$/;
    await holds(
      fc.asyncProperty(direction, body, async (path, text) => {
        const answer = await ask(url, path, text);
        const { message, payloads } = (await answer.json()) as { message?: string; payloads?: unknown[] };
        if (answer.status === 200) assert.ok(Array.isArray(payloads));
        else assert.match(`${answer.status} ${message}`, new RegExp(`^4\\d\\d ${messages.source.slice(1)}`));
      }),
      150,
    );
  });

  it('gives back what it has encoded, whatever it holds', async (t) => {
    const url = await start(t);
    await holds(
      fc.asyncProperty(fc.array(payload, { maxLength: 3 }), async (payloads) => {
        const encoded = await (await ask(url, '/encode', JSON.stringify({ payloads }))).text();
        assert.equal(await (await ask(url, '/decode', encoded)).text(), JSON.stringify({ payloads }));
      }),
      60,
    );
  });

  it('without its token it answers nothing but a refusal', async (t) => {
    const url = await start(t);
    const header = fc.oneof(
      hostileText,
      hostileText.map((text) => `Bearer ${text}`),
      fc.constant(`bearer ${TOKEN}`),
    );
    const target = fc.oneof(
      direction,
      hostileText.map((text) => `/${text}`),
      fc.constant('//decode'),
    );
    const origin = fc.oneof(fc.constantFrom('https://a.b', 'https://a.b.c', 'null'), hostileText);
    await holds(
      fc.asyncProperty(header, target, origin, async (authorization, where, from) => {
        const headers = [
          ['Host', 'x'],
          ['Connection', 'close'],
          ['Authorization', authorization],
          ['Origin', from],
          ['Content-Type', 'application/json'],
          ['Content-Length', '15'],
        ] as const;
        const answer = await exchange(
          url,
          bytesOf({ method: 'POST', target: where, headers, body: '{"payloads":[]}' }),
        );
        assert.ok(answer !== null && [400, 401, 403, 404, 413, 431].includes(answer.status), String(answer?.status));
        assert.doesNotMatch(answer.body, /payloads/);
      }),
      150,
    );
  });
});
