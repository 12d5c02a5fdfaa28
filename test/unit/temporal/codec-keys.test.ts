import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { readCodecKeys } from '../../../temporal/encryption/codec-keys.js';

const bytes = randomBytes(32);
const SECRETS: Readonly<Record<string, string>> = {
  'env:HEX': bytes.toString('hex'),
  'env:UPPER': bytes.toString('hex').toUpperCase(),
  'file:base64': `${bytes.toString('base64')}\n`,
  'exec:base64url': bytes.toString('base64url'),
  'env:SHORT': randomBytes(16).toString('hex'),
  'env:LONG': randomBytes(33).toString('base64'),
  'env:PHRASE': 'correct horse battery staple correct horse 12',
};

const read = (keys: string | undefined) =>
  readCodecKeys({ ...(keys !== undefined && { REIMAGE_CODEC_KEYS: keys }) }, async (ref) => {
    const secret = SECRETS[ref];
    if (secret === undefined) throw new Error('the variable is not set');
    return secret;
  });

describe('REIMAGE_CODEC_KEYS', () => {
  it('given none, then encryption is off', async () => {
    assert.equal(await read(undefined), null);
    assert.equal(await read(''), null);
  });

  it('given keys in hex and base64, then all give the same 32 bytes, in the order written', async () => {
    const keys = await read('a=env:HEX, b=file:base64 ,c-2.x_=exec:base64url,d=env:UPPER');
    assert.deepEqual(
      keys?.map(({ id, secret }) => [id, secret.export().toString('hex')]),
      ['a', 'b', 'c-2.x_', 'd'].map((id) => [id, bytes.toString('hex')]),
    );
  });

  it('given keys, then to print them shows no key', async () => {
    assert.ok(!inspect(await read('a=env:HEX'), { depth: null, showHidden: true }).includes(bytes.toString('hex')));
  });

  const base64 = bytes.toString('base64');
  const wrong = [
    { name: 'the key itself', keys: base64, says: /: entry 1 must be KEYID=REF/ },
    { name: 'the key itself behind an id', keys: `a=${base64}`, says: /: entry 1 must be KEYID=REF/ },
    { name: 'a reference without an id', keys: 'a=env:HEX,env:HEX', says: /: entry 2 must be KEYID=REF/ },
    { name: 'an empty id', keys: '=env:HEX', says: /: entry 1 / },
    { name: 'an id with a space', keys: 'a b=env:HEX', says: /: entry 1 / },
    { name: 'an empty entry', keys: 'a=env:HEX,', says: /: entry 2 / },
    { name: 'an unknown scheme', keys: 'a=vault:HEX', says: /: entry 1 / },
    { name: 'an id twice', keys: 'a=env:HEX,a=file:base64', says: /: key id a stands there twice/ },
    { name: 'a secret that cannot be read', keys: 'a=env:HEX,b=env:NONE', says: /: key b: the variable is not set/ },
    { name: '16 bytes', keys: 'a=env:SHORT', says: /: key a: .* 32 bytes in base64 or hex/ },
    { name: '33 bytes', keys: 'a=env:LONG', says: /: key a: .* 32 bytes in base64 or hex/ },
    { name: 'a passphrase', keys: 'a=env:PHRASE', says: /: key a: .* 32 bytes in base64 or hex/ },
  ];
  for (const { name, keys, says } of wrong) {
    it(`given ${name}, then says what is wrong and shows nothing of it`, async () => {
      await assert.rejects(read(keys), (error: Error) => {
        assert.match(error.message, /^REIMAGE_CODEC_KEYS/);
        assert.match(error.message, says);
        for (const secret of [...Object.values(SECRETS), base64.replace(/=+$/, '')])
          assert.ok(!error.message.includes(secret.trim()), error.message);
        return true;
      });
    });
  }
});
