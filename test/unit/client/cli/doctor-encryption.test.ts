import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkEncryption } from '../../../../client/cli/commands/doctor/check-temporal.js';
import type { ConnectOptions } from '../../../../client/connection/connection.js';
import { runFake } from './fake-deps.js';

const hex = randomBytes(32).toString('hex');

describe('doctor on encryption', () => {
  it('says that it is off, and that payloads are in clear', async () => {
    for (const env of [{}, { REIMAGE_CODEC_KEYS: '' }]) {
      const { status, message } = await checkEncryption(env);
      assert.deepEqual([status, message], ['ok', 'off: payloads are in clear']);
    }
  });

  it('says which key encrypts and how many decrypt, read by references of all schemes', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-codec-'));
    t.after(() => rm(directory, { recursive: true }));
    const file = join(directory, 'key');
    await writeFile(file, `${hex}\n`);
    await chmod(file, 0o600);
    const one = await checkEncryption({ REIMAGE_CODEC_KEYS: 'new=env:KEY', KEY: hex });
    const three = { REIMAGE_CODEC_KEYS: `new=file:${file},old=exec:cat ${file},older=env:KEY`, KEY: hex };
    const { status, message } = await checkEncryption(three);
    assert.deepEqual([one.status, one.message], ['ok', 'on, key new encrypts, 1 key decrypts']);
    assert.deepEqual([status, message], ['ok', 'on, key new encrypts, 3 keys decrypt']);
  });

  it('fails where a key cannot be read, and asks the server all the same', async () => {
    const asked: ConnectOptions[] = [];
    const connect = async (options: ConnectOptions = {}) => {
      asked.push(options);
      throw new Error('the server is away');
    };
    const env = { REIMAGE_CODEC_KEYS: `a=env:KEY`, KEY: hex.slice(1), JDCLOUD_ENDPOINT: 'nonsense', OTHER: 'kept' };
    const { out, exitCode } = await runFake(['doctor'], { env, connect });
    assert.equal(exitCode, 7);
    assert.match(out.join('\n'), /^fail +encryption +REIMAGE_CODEC_KEYS: key a: .*32 bytes in base64 or hex/m);
    assert.match(out.join('\n'), /^fail +temporal +the server is away/m);
    assert.ok(!out.join('\n').includes(hex.slice(1)));
    assert.deepEqual([asked[0]?.env?.['REIMAGE_CODEC_KEYS'], asked[0]?.env?.['OTHER']], [undefined, 'kept']);
  });
});
