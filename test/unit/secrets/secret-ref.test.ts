import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { parseSecretRef, parseSinkRef, PasswordRef, SecretRef } from '../../../contracts/secret-ref.js';
import { readCodecKeys } from '../../../temporal/encryption/codec-keys.js';

const STORED = ['env:NAME', 'file:/srv/secret', 'exec:cat /srv/secret', 'exec:say\nmore'];
const GENERATED = ['generate:file:/srv/{instanceId}', 'generate:exec:/srv/store --vm {instanceId}'];
const NEITHER = [
  { name: 'the password itself', ref: 'Zx9!"kT2#mW' },
  { name: 'a password that begins as a scheme', ref: 'env-Zx9!"kT2#mW' },
  { name: 'an unknown scheme', ref: 'vault:kv/vm' },
  { name: 'upper case', ref: 'ENV:NAME' },
  { name: 'no target', ref: 'env:' },
  { name: 'a blank in front', ref: 'file: /srv/secret' },
  { name: 'nobody to hand it to', ref: 'generate:' },
  { name: 'a variable to hand it to', ref: 'generate:env:NAME' },
  { name: 'to generate what is generated', ref: 'generate:generate:file:/srv/secret' },
  { name: 'no path', ref: 'generate:file:' },
  { name: 'a control character in what plans show', ref: 'generate:file:/srv/\u001b[2Jsecret' },
  { name: 'a line break in what plans show', ref: 'generate:exec:store\nmore' },
  { name: 'over 1024 characters', ref: `file:/${'x'.repeat(1024)}` },
];

const messageOf = (parsed: ReturnType<typeof SecretRef.safeParse>) => parsed.error?.message ?? 'accepted';

describe('a reference to a secret', () => {
  it('is taken where a secret is there, for passwords and for all else', () => {
    for (const ref of STORED) for (const contract of [SecretRef, PasswordRef]) assert.equal(contract.parse(ref), ref);
  });

  it('may generate a password', () => {
    for (const ref of GENERATED) assert.equal(PasswordRef.parse(ref), ref);
    const request = { regionId: 'cn-north-1', instanceId: 'i-1', passwordRef: GENERATED[0] };
    assert.equal(RebuildRequest.parse(request).passwordRef, GENERATED[0]);
  });

  it('generates nothing else, and says so', async () => {
    for (const ref of GENERATED)
      assert.match(messageOf(SecretRef.safeParse(ref)), /nothing is generated here.*exec:COMMAND/);
    const env = { REIMAGE_CODEC_KEYS: `a=${GENERATED[0]}` };
    const unread = async () => assert.fail('no reference is read');
    await assert.rejects(
      readCodecKeys(env, unread),
      /entry 1 must be KEYID=REF, with REF env:NAME, file:PATH or exec:COMMAND\.$/,
    );
  });

  for (const { name, ref } of NEITHER) {
    it(`given ${name}, then is refused without a word of it`, () => {
      for (const contract of [SecretRef, PasswordRef]) {
        const said = messageOf(contract.safeParse(ref));
        assert.match(said, /must be a reference|<=1024/);
        assert.ok(ref.endsWith(':') || !said.includes(ref), said);
      }
    });
  }

  it('is split at its colons, and no other', () => {
    assert.deepEqual(parseSecretRef('exec:curl http://h:1/a:b'), { scheme: 'exec', target: 'curl http://h:1/a:b' });
    const { scheme, target } = parseSecretRef('generate:file:/a:b');
    assert.deepEqual([scheme, parseSinkRef(target)], ['generate', { sink: 'file', target: '/a:b' }]);
    assert.throws(() => parseSecretRef('Zx9!kT2#mW'), { message: 'not a secret reference' });
  });
});
