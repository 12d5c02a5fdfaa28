import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Payload } from '@temporalio/common';
import fc from 'fast-check';
import type { CodecKey, CodecKeys } from '../../../temporal/encryption/codec-keys.js';
import { createPayloadCodec, PayloadCodecError } from '../../../temporal/encryption/payload-codec.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const key = (id: string): CodecKey => ({ id, secret: createSecretKey(randomBytes(32)) });
const codecOf = (...keys: CodecKeys) => createPayloadCodec(keys);
const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const json = (value: unknown): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(value)),
});

/** What a payload is, whatever classes hold it. */
function contentOf({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data ?? []).toString('hex') };
}

const AnyPayload = fc.record({
  metadata: fc.dictionary(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 40 }), { maxKeys: 4 }),
  data: fc.uint8Array({ maxLength: 2_000 }),
});

const old = key('2026-05');
const current = key('2026-11');

async function encrypted(payload: Payload, ...keys: CodecKeys): Promise<Payload> {
  const [answer] = await codecOf(...keys).encode([payload]);
  assert.ok(answer);
  return answer;
}

describe('the payload codec', () => {
  it('given any payloads, then they come back as they were, in their order, and their data is not to be seen', async () => {
    const codec = codecOf(current);
    await fc.assert(
      fc.asyncProperty(fc.array(AnyPayload, { maxLength: 5 }), async (payloads) => {
        const hidden = await codec.encode(payloads);
        assert.deepEqual((await codec.decode(hidden)).map(contentOf), payloads.map(contentOf));
        for (const [index, { data }] of payloads.entries()) {
          const shown = Buffer.from(hidden[index]?.data ?? []);
          assert.ok(data.length < 8 || !shown.includes(Buffer.from(data)), 'the data is inside');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('writes the metadata that Temporal names, and nothing else in clear', async () => {
    const { metadata, data } = await encrypted(json('x'), current, old);
    const shown = Object.entries(metadata ?? {}).map(([name, value]) => [name, text(value)]);
    assert.deepEqual(shown, [
      ['encoding', 'binary/encrypted'],
      ['encryption-key-id', '2026-11'],
    ]);
    assert.ok((data?.length ?? 0) > NONCE_BYTES + TAG_BYTES);
  });

  it('given the same payload twice, then takes another nonce each time', async () => {
    const hidden = await codecOf(current).encode(Array.from({ length: 50 }, () => json('same')));
    const nonces = hidden.map(({ data }) =>
      Buffer.from(data ?? [])
        .subarray(0, NONCE_BYTES)
        .toString('hex'),
    );
    assert.equal(new Set(nonces).size, 50);
  });

  it('given a payload that is in clear, then leaves it as it is', async () => {
    const plain = json({ written: 'before the codec was turned on' });
    assert.deepEqual(await codecOf(current).decode([plain, {}]), [plain, {}]);
  });

  it('given a new key before the old one, then reads both and writes by the new one', async () => {
    const before = await encrypted(json('before'), old);
    const rotated = codecOf(current, old);
    const after = await encrypted(json('after'), current, old);
    assert.deepEqual(
      (await rotated.decode([before, after])).map(({ data }) => text(data)),
      ['"before"', '"after"'],
    );
    assert.equal((await codecOf(current).decode([after])).length, 1, 'by the new key alone');
  });
});

describe('the payload codec refuses', () => {
  const SECRET = 'an old pelican';

  async function assertRefused(payload: Payload, keys: CodecKeys, says: RegExp): Promise<void> {
    await assert.rejects(codecOf(...keys).decode([payload]), (error) => {
      assert.ok(error instanceof PayloadCodecError);
      assert.match(error.message, says);
      assert.ok(!error.message.includes(SECRET));
      assert.equal(error.cause, undefined);
      return true;
    });
  }

  it('a key id that it does not have, and names it', async () => {
    await assertRefused(await encrypted(json(SECRET), old), [current], /"2026-05", which REIMAGE_CODEC_KEYS lacks/);
  });

  it('another key under the same id, and names it', async () => {
    await assertRefused(await encrypted(json(SECRET), key('2026-11')), [current], /"2026-11" does not decrypt/);
  });

  it('a payload whose key id was changed to another that it has', async () => {
    const same = { id: 'twin', secret: current.secret };
    const { metadata, ...rest } = await encrypted(json(SECRET), current);
    const renamed = { ...rest, metadata: { ...metadata, 'encryption-key-id': Buffer.from('twin') } };
    await assertRefused(renamed, [current, same], /"twin" does not decrypt/);
  });

  it('a key id from outside only in short and harmless', async () => {
    const metadata = {
      encoding: Buffer.from('binary/encrypted'),
      'encryption-key-id': Buffer.from(`\u001b[2J${'x'.repeat(500)}`),
    };
    await assertRefused(
      { metadata, data: Buffer.alloc(40) },
      [current],
      /^A payload is encrypted by key "\\u001b\[2Jx{1,64}…"/,
    );
    const nameless = { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.alloc(40) };
    await assertRefused(nameless, [current], /by key "", which/);
  });

  it('a change of any byte: of the nonce, of the ciphertext, of the tag', async () => {
    const whole = await encrypted(json(SECRET), current);
    const bytes = Buffer.from(whole.data ?? []);
    assert.ok(bytes.length > 40);
    for (const [index, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes);
      changed[index] = byte ^ 1;
      await assertRefused({ ...whole, data: changed }, [current], /"2026-11" does not decrypt/);
    }
  });

  it('data cut to any length, or made longer', async () => {
    const whole = await encrypted(json(SECRET), current);
    const bytes = Buffer.from(whole.data ?? []);
    for (let length = 0; length < bytes.length; length += 1) {
      await assertRefused({ ...whole, data: bytes.subarray(0, length) }, [current], /does not decrypt/);
    }
    await assertRefused({ ...whole, data: Buffer.concat([bytes, Buffer.alloc(1)]) }, [current], /does not decrypt/);
    await assertRefused({ metadata: whole.metadata ?? {} }, [current], /does not decrypt/);
  });
});
