import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createCredentialProvider, type CredentialProvider } from '../../../jdcloud/credentials.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf, json, startAnswering } from './answering-server.js';

async function cliDirectory(t: TestContext, files: Record<string, string> = {}): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'reimage-jdc-'));
  t.after(() => rm(directory, { recursive: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(directory, name), text)));
  return directory;
}

const profile = (name: string, key: string) => `[${name}]\naccess_key = ${key}\nsecret_key = secret-of-${key}\n`;

describe('credentials', () => {
  it('are taken from the environment before the CLI, with blanks around them cut off', async (t) => {
    const directory = await cliDirectory(t, { config: profile('default', 'FILEKEY') });
    const env = { JDCLOUD_ACCESS_KEY: ' ENVKEY\n', JDCLOUD_SECRET_KEY: 's3', JDCLOUD_SESSION_TOKEN: 'tok\n' };

    const found = await createCredentialProvider({ env, cliDirectory: directory })();

    const told = { from: 'the environment', expiresAt: null, renews: false };
    assert.deepEqual(found, { accessKey: 'ENVKEY', secretKey: 's3', sessionToken: 'tok', ...told });
  });

  it('given explicitly, are used without looking anywhere', async () => {
    const explicit = { accessKey: 'A', secretKey: 'S' };

    const found = await createCredentialProvider({ explicit, env: { JDCLOUD_ACCESS_KEY: 'other' } })();

    assert.deepEqual({ accessKey: found.accessKey, secretKey: found.secretKey }, explicit);
  });

  it('are those of the profile that the file current names, dots in its name included', async (t) => {
    const config = profile('default', 'ONE') + profile('team.prod', 'TWO');
    const directory = await cliDirectory(t, { config, current: 'team.prod' });

    const found = await createCredentialProvider({ env: {}, cliDirectory: directory })();

    assert.deepEqual([found.accessKey, found.secretKey], ['TWO', 'secret-of-TWO']);
    assert.equal(found.from, `the profile team.prod in ${path.join(directory, 'config')}`);
  });

  it('are read from files with a byte order mark', async (t) => {
    const config = `\uFEFF${profile('default', 'ONE')}${profile('ops', 'TWO')}`;
    const directory = await cliDirectory(t, { config, current: '\uFEFFops\r\n' });

    assert.equal((await createCredentialProvider({ env: {}, cliDirectory: directory })()).accessKey, 'TWO');
  });

  const illegible: readonly (readonly [name: string, config: Buffer, says: RegExp])[] = [
    ['UTF-16', Buffer.from(`\uFEFF${profile('default', 'hidden')}`, 'utf16le'), /config is UTF-16, not UTF-8/],
    ['Latin-1', Buffer.from(profile('équipe', 'hidden'), 'latin1'), /config is not UTF-8 \(line 1, byte 2\)/],
    ['an empty file', Buffer.from('\n'), /config is empty/],
  ];
  for (const [name, config, says] of illegible) {
    it(`in ${name}, are refused by what the file is`, async (t) => {
      const directory = await cliDirectory(t);
      await writeFile(path.join(directory, 'config'), config);

      await assert.rejects(createCredentialProvider({ env: {}, cliDirectory: directory })(), (error: Error) => {
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      });
    });
  }

  it('are those of the profile default when no file says which', async (t) => {
    const directory = await cliDirectory(t, { config: profile('default', 'ONE') });

    assert.equal((await createCredentialProvider({ env: {}, cliDirectory: directory })()).accessKey, 'ONE');
  });

  it('that are nowhere are an error that says where it looked and what to do', async (t) => {
    const directory = await cliDirectory(t);

    await assert.rejects(createCredentialProvider({ env: {}, cliDirectory: directory })(), (error: Error) => {
      assert.match(error.message, /JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY are not set/);
      assert.ok(error.message.includes(`${path.join(directory, 'config')} does not exist`));
      assert.match(error.message, /jdc configure add/);
      return true;
    });
  });

  const unusable: readonly (readonly [name: string, env: Record<string, string>, config: string, message: RegExp])[] = [
    ['half set', { JDCLOUD_SECRET_KEY: 'hidden' }, '', /SECRET_KEY is set but JDCLOUD_ACCESS_KEY is not/],
    ['the other half set', { JDCLOUD_ACCESS_KEY: 'hidden' }, '', /ACCESS_KEY is set but JDCLOUD_SECRET_KEY is not/],
    [
      'a profile without a secret',
      {},
      '[default]\naccess_key = hidden\n',
      /profile default in .*config has no secret_key/,
    ],
    ['a profile that is not there', {}, profile('other', 'hidden'), /has no profile default/],
    [
      'a key with a line break inside',
      { JDCLOUD_ACCESS_KEY: 'hid\nden', JDCLOUD_SECRET_KEY: 'x' },
      '',
      /the JD Cloud access key/,
    ],
    ['a secret that is not ASCII', { JDCLOUD_ACCESS_KEY: 'x', JDCLOUD_SECRET_KEY: 'hidden密' }, '', /secret key/],
  ];
  for (const [name, env, config, message] of unusable) {
    it(`are refused for ${name}, without being shown`, async (t) => {
      const directory = await cliDirectory(t, { config });

      await assert.rejects(createCredentialProvider({ env, cliDirectory: directory })(), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hidden|hid\nden/);
        return true;
      });
    });
  }

  const two: readonly (readonly [names: string, env: Record<string, string>])[] = [
    ['JDCLOUD_CREDENTIALS_COMMAND, JDCLOUD_PROFILE', { JDCLOUD_CREDENTIALS_COMMAND: 'x', JDCLOUD_PROFILE: 'p' }],
    ['JDCLOUD_CREDENTIALS_COMMAND, JDCLOUD_ACCESS_KEY', { JDCLOUD_CREDENTIALS_COMMAND: 'x', JDCLOUD_ACCESS_KEY: 'a' }],
    ['JDCLOUD_PROFILE, JDCLOUD_SESSION_TOKEN', { JDCLOUD_PROFILE: 'p', JDCLOUD_SESSION_TOKEN: 't' }],
  ];
  for (const [names, env] of two) {
    it(`are refused where two places are set: ${names}`, () => {
      assert.throws(() => createCredentialProvider({ env }), {
        message: `${names} are set, and credentials can come from one place only: unset the others`,
      });
    });
  }

  it('are those of the profile that JDCLOUD_PROFILE names, with its session token and when that expires', async (t) => {
    const temporary = 'session_token = T\nexpiration = 2026-11-30T17:00:00+08:00\n';
    const directory = await cliDirectory(t, { config: profile('default', 'ONE') + profile('sts', 'TWO') + temporary });
    const env = { JDCLOUD_PROFILE: 'sts', JDCLOUD_PROFILE_DIR: directory };

    assert.deepEqual(await createCredentialProvider({ env })(), {
      accessKey: 'TWO',
      secretKey: 'secret-of-TWO',
      sessionToken: 'T',
      expiresAt: '2026-11-30T09:00:00.000Z',
      from: `the profile sts in ${path.join(directory, 'config')}`,
      renews: true,
    });
    await assert.rejects(
      createCredentialProvider({ env: { ...env, JDCLOUD_PROFILE: 'none' } })(),
      /config has no profile none, which JDCLOUD_PROFILE names\. Set/,
    );
  });

  it("with an expiration in JD Cloud's own form, which has no zone, count as without one; nonsense is refused", async (t) => {
    const expiring = (text: string) => `${profile('default', 'ONE')}expiration = ${text}\n`;
    const directory = await cliDirectory(t, { config: expiring('2026-11-30 17:00:00') });
    assert.equal((await createCredentialProvider({ env: {}, cliDirectory: directory })()).expiresAt, null);

    await writeFile(path.join(directory, 'config'), expiring('tomorrow-hidden'));
    await assert.rejects(createCredentialProvider({ env: {}, cliDirectory: directory })(), (error: Error) => {
      assert.match(error.message, /^profile default in .*config: expiration is no time such as 2026-/);
      assert.doesNotMatch(error.message, /hidden/);
      return true;
    });
  });

  it('that cannot be read are an error that names the file', async (t) => {
    const directory = await cliDirectory(t);
    await mkdir(path.join(directory, 'config'));

    await assert.rejects(
      createCredentialProvider({ env: {}, cliDirectory: directory })(),
      /config is a directory, not a file/,
    );
  });
});

describe('a rotation of credentials', () => {
  it('is noticed when the file changes, and when another profile becomes current', async (t) => {
    const directory = await cliDirectory(t, { config: profile('default', 'OLD') + profile('b', 'BBB') });
    const provider = createCredentialProvider({ env: {}, cliDirectory: directory });
    const first = await provider();
    await writeFile(path.join(directory, 'next'), profile('default', 'NEW') + profile('b', 'BBB'));
    await rename(path.join(directory, 'next'), path.join(directory, 'config'));
    const second = await provider();
    await writeFile(path.join(directory, 'current'), 'b');
    const third = await provider();

    assert.deepEqual([first.accessKey, second.accessKey, third.accessKey], ['OLD', 'NEW', 'BBB']);
  });

  it('half way through keeps the last good ones in use, until JD Cloud refuses them', async (t) => {
    const directory = await cliDirectory(t, { config: profile('default', 'OLD') });
    const provider = createCredentialProvider({ env: {}, cliDirectory: directory });
    await provider();

    await writeFile(path.join(directory, 'config'), '[default]\naccess_key = NEW\n');
    const halfWritten = await provider();
    await rm(path.join(directory, 'config'));
    const gone = await provider();

    assert.deepEqual([halfWritten.accessKey, gone.accessKey], ['OLD', 'OLD']);
    await assert.rejects(provider({ after: 'refused' }), /does not exist/);
  });

  /** A server that refuses one access key, and what it and the provider were asked. */
  async function startRotating(t: TestContext, renewed: string | Error, status = 401) {
    const asked: (string | undefined)[] = [];
    const credentials: CredentialProvider = async ({ after } = {}) => {
      asked.push(after);
      if (after === undefined) return { accessKey: 'OLD', secretKey: 'kept' };
      if (renewed instanceof Error) throw renewed;
      return { accessKey: renewed, secretKey: 'kept' };
    };
    let calls = 0;
    const refusal = { requestId: 'r', error: { code: status, status: 'ACCESS_ERROR', message: 'Invalid accessKey' } };
    const server = await startAnswering(t, (response, request) => {
      calls += 1;
      const isOld = request.headers.authorization?.includes('OLD') ?? false;
      return (isOld ? json(refusal, status) : json({ requestId: 'r' }))(response, request);
    });
    const client = clientOf(t, { endpoint: server.endpoint, credentials });
    return { asked, client, calls: () => calls };
  }
  const vm = { regionId: 'cn-north-1', instanceId: 'i-a' };

  it('is asked for after a 401, and the call goes out again with the new keys', async (t) => {
    const { asked, client, calls } = await startRotating(t, 'NEW');
    await client.stopInstance(vm, {}, UNASKED);

    assert.deepEqual(asked, [undefined, 'refused']);
    assert.equal(calls(), 2);
  });

  it('is asked for after a 403 too: rights go with the keys', async (t) => {
    const { asked, client, calls } = await startRotating(t, 'NEW', 403);
    await client.stopInstance(vm, {}, UNASKED);

    assert.deepEqual(asked, [undefined, 'forbidden']);
    assert.equal(calls(), 2);
  });

  it('that fails ends the call with what JD Cloud said, its request id, and why there are no others', async (t) => {
    const { client } = await startRotating(t, new Error('the vault is sealed'));
    await assert.rejects(client.stopInstance(vm, {}, UNASKED), {
      name: 'CredentialsError',
      requestId: 'r',
      httpStatus: 401,
      message: /Invalid accessKey \(request id r\); and no others: stopInstance of i-a: not sent, the vault is sealed/,
    });
  });

  it('that brings the same keys ends the call: it would be refused again', async (t) => {
    const { asked, client, calls } = await startRotating(t, 'OLD');
    await assert.rejects(client.stopInstance(vm, {}, UNASKED), { name: 'CredentialsError' });

    assert.deepEqual(asked, [undefined, 'refused']);
    assert.equal(calls(), 1);
  });
});
