import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createEnvSecretReader } from '../../activities/secrets/env-secret.js';
import { readExecSecret } from '../../activities/secrets/exec-secret.js';
import { readFileSecret } from '../../activities/secrets/file-secret.js';
import { createSecretResolver, SecretError } from '../../activities/secrets/resolver.js';

const SECRET = 'Zx9!kT2#mW';
const resolve = createSecretResolver({
  env: createEnvSecretReader({ DISK_PASSWORD: SECRET, EMPTY: '' }),
  file: readFileSecret,
  exec: readExecSecret,
});

async function fileWith(t: TestContext, text: string, mode: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-secret-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'secret');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

/** Every refusal is a SecretError that shows neither the secret nor where it lies. */
async function refused(ref: string, hidden: string): Promise<void> {
  await assert.rejects(resolve(ref), (error: unknown) => {
    assert.ok(error instanceof SecretError);
    assert.ok(!`${error.message}${error.stack}`.includes(hidden), error.message);
    return true;
  });
}

describe('a secret reference', () => {
  it('env: gives the variable of the worker', async () => {
    assert.equal(await resolve('env:DISK_PASSWORD'), SECRET);
  });

  it('file: gives the file without its last line break', async (t) => {
    assert.equal(await resolve(`file:${await fileWith(t, `${SECRET}\n`, 0o600)}`), SECRET);
  });

  it('exec: gives what the command writes, without a shell', async () => {
    assert.equal(await resolve(`exec:${process.execPath} -p 1+1`), '2');
    await refused('exec:echo-does-not-exist $HOME', '$HOME');
  });

  it('is refused when the variable is not set or empty', async () => {
    await refused('env:NO_SUCH_VARIABLE', 'NO_SUCH_VARIABLE');
    await refused('env:EMPTY', SECRET);
  });

  it('is refused when everybody may read the file', async (t) => {
    await refused(`file:${await fileWith(t, SECRET, 0o644)}`, SECRET);
  });

  it('is refused when the file is not there or no file', async (t) => {
    const directory = dirname(await fileWith(t, SECRET, 0o600));
    await refused('file:/nonexistent/secret', '/nonexistent');
    await refused(`file:${directory}`, directory);
  });

  it('is refused when the command fails, and what it wrote is not repeated', async () => {
    await refused(`exec:${process.execPath} -e console.log('${SECRET}');process.exit(3)`, SECRET);
  });

  it('is refused for a scheme that this worker does not read', async () => {
    await assert.rejects(createSecretResolver({})('env:X'), SecretError);
  });
});
