import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createPayloadCodec } from '../../../../temporal/encryption/payload-codec.js';
import { startCli } from '../../../client/cli/spawn-cli.js';
import { defer } from '../../../fixtures/defer.js';
import { eventually } from '../../../fixtures/eventually.js';
import { selfSigned } from '../../../fixtures/self-signed.js';
import { runFake } from './fake-deps.js';

const secret = randomBytes(32);
const TOKEN = 'a-token-of-24-signs-here';
const env = { REIMAGE_CODEC_KEYS: 'k1=env:REIMAGE_SECRET_K1', REIMAGE_SECRET_K1: secret.toString('hex'), TOKEN };
const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');

describe('reimage codec-server', () => {
  it('decrypts for who bears the token, logs nothing of it, and ends by Ctrl-C', async (t) => {
    const argv = ['codec-server', '--port', '0', '--token-from', 'env:TOKEN', '--cors-origin', 'http://localhost:8233'];
    const server = startCli(argv, env);
    defer(t, () => server.signal('SIGKILL'));
    await eventually('it says where it is', () => /codec server: \S+\n/.test(server.stdout()));
    const [, url = ''] = /codec server: (\S+)/.exec(server.stdout()) ?? [];
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const [payload] = await createPayloadCodec([{ id: 'k1', secret: createSecretKey(secret) }]).encode([
      { data: Buffer.from('an old pelican') },
    ]);
    const metadata = Object.fromEntries(
      Object.entries(payload?.metadata ?? {}).map(([key, value]) => [key, base64(value)]),
    );
    const answer = await fetch(`${url}/decode`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        origin: 'http://localhost:8233',
      },
      body: JSON.stringify({ payloads: [{ metadata, data: base64(payload?.data) }] }),
    });
    assert.deepEqual(await answer.json(), {
      payloads: [{ metadata: {}, data: base64(Buffer.from('an old pelican')) }],
    });

    server.signal('SIGINT');
    const { exitCode, stdout, stderr } = await server.ended;
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /key k1 encrypts, 1 in all decrypt/);
    for (const word of ['pelican', base64(payload?.data), TOKEN, env.REIMAGE_SECRET_K1])
      assert.ok(!(stdout + stderr).includes(word), word);
  });

  it('takes certificate and key from files', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-tls-'));
    defer(t, () => rm(directory, { recursive: true }));
    const { cert, key } = selfSigned();
    await Promise.all([writeFile(join(directory, 'cert.pem'), cert), writeFile(join(directory, 'key.pem'), key)]);
    const tls = ['--tls-cert', join(directory, 'cert.pem'), '--tls-key', join(directory, 'key.pem')];
    const server = startCli(
      ['codec-server', '--port', '0', '--host', '0.0.0.0', '--token-from', 'env:TOKEN', ...tls],
      env,
    );
    defer(t, () => server.signal('SIGKILL'));
    await eventually('it serves TLS', () => /codec server: https:\/\/\S+\n/.test(server.stdout()));
    server.signal('SIGINT');
    assert.equal((await server.ended).exitCode, 0);
  });

  const wrong = [
    { name: 'without keys', argv: [], env: { TOKEN }, says: /REIMAGE_CODEC_KEYS is not set/ },
    { name: 'with a key that cannot be read', argv: [], env: { ...env, REIMAGE_SECRET_K1: 'x' }, says: /key k1: / },
    { name: 'without its token', argv: [], env: { ...env, TOKEN: undefined }, says: /--token-from: / },
    { name: 'with a short token', argv: [], env: { ...env, TOKEN: 'short' }, says: /token is shorter than 16/ },
    {
      name: 'beyond loopback without TLS',
      argv: ['--host', '0.0.0.0'],
      env,
      says: /Without TLS it serves this machine/,
    },
    { name: 'for any origin', argv: ['--cors-origin', '*'], env, says: /no exact origin/ },
    { name: 'with half of TLS', argv: ['--tls-cert', 'cert.pem'], env, says: /--tls-cert and --tls-key go together/ },
    {
      name: 'with files that are not there',
      argv: ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'],
      env,
      says: /--tls-cert or --tls-key: cert\.pem is not there/,
    },
    { name: 'on an address of another machine', argv: ['--host', '127.0.0.1.'], env, says: /Without TLS/ },
  ];
  for (const { name, argv, env: given, says } of wrong) {
    it(`${name} does not start, by exit code 2`, async () => {
      const { exitCode, err, out } = await runFake(
        ['codec-server', '--port', '0', '--token-from', 'env:TOKEN', ...argv],
        {
          env: given,
        },
      );
      assert.equal(exitCode, 2, err.join('\n'));
      assert.match(err.join('\n'), says);
      assert.deepEqual(out, []);
    });
  }
});
