import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { openCodecKeys } from '../../../client/connection/connection.js';
import { createPayloadCodec, lenientCodec, unreadableIn } from '../../../temporal/encryption/payload-codec.js';
import { codecKeys } from '../../fixtures/codec-keys.js';

const keysOf = codecKeys();
const codecOf = async (keys: ReturnType<typeof keysOf>): Promise<PayloadCodec> => {
  const read = await openCodecKeys(keys);
  assert.ok(read !== null);
  return createPayloadCodec(read);
};
const strict = await codecOf(keysOf('new'));
const old = await codecOf(keysOf('old'));
const anotherNew = await codecOf(codecKeys()('new'));

const plain = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const encoded = async (codec: PayloadCodec, value: unknown): Promise<Payload> => {
  const [payload] = await codec.encode([plain(value)]);
  assert.ok(payload !== undefined);
  return payload;
};

const ROWS: readonly {
  readonly name: string;
  readonly payload: Payload;
  readonly keyId: string | null;
  readonly says: RegExp;
}[] = [
  {
    name: 'a key that lacks',
    payload: await encoded(old, 1),
    keyId: 'old',
    says: /key "old", which REIMAGE_CODEC_KEYS lacks/,
  },
  { name: 'another key of the same id', payload: await encoded(anotherNew, 1), keyId: 'new', says: /does not decrypt/ },
  {
    name: 'an encoding that nobody knows',
    payload: { metadata: { encoding: Buffer.from('xml') }, data: Buffer.from('<a/>') },
    keyId: null,
    says: /Unknown encoding: xml/,
  },
  {
    name: 'JSON that is none',
    payload: { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') },
    keyId: null,
    says: /JSON/,
  },
];

describe('a lenient codec', () => {
  for (const { name, payload, keyId, says } of ROWS) {
    it(`marks ${name}, and decodes what stands beside it`, async () => {
      const decoded = await lenientCodec([strict]).decode([await encoded(strict, 'a'), payload, plain('b')]);
      const [a, marked, b] = decoded.map((each) => defaultPayloadConverter.fromPayload(each));
      assert.deepEqual([a, b, unreadableIn(a)], ['a', 'b', null]);
      const unreadable = unreadableIn(marked);
      assert.equal(unreadable?.keyId, keyId);
      assert.match(unreadable?.message ?? '', says);
    });
  }

  it('marks what is encrypted where there are no keys', async () => {
    const [decoded] = await lenientCodec([]).decode([await encoded(old, 1)]);
    assert.ok(decoded !== undefined);
    assert.deepEqual(unreadableIn(defaultPayloadConverter.fromPayload(decoded)), {
      keyId: 'old',
      message: 'What this namespace holds is encrypted.',
    });
  });

  it('writes nothing', async () => {
    await assert.rejects(lenientCodec([strict]).encode([plain(1)]), /only reads/);
  });
});
