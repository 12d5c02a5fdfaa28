import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { cachedServerPath, findServer } from '../../../temporal/dev-server/find-server.js';

/** Where the SDK's download cannot get through, whatever network this machine has. */
const NO_NETWORK = { HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };

/** A machine of its own: a folder on PATH, a cache folder, and nothing else. */
async function machine(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'reimage-find-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const env = { PATH: join(root, 'bin'), REIMAGE_CACHE_DIR: join(root, 'cache'), HOME: root, ...NO_NETWORK };
  const said: string[] = [];
  const find = (more: NodeJS.ProcessEnv = {}) =>
    findServer({ env: { ...env, ...more }, log: (line) => said.push(line) });
  return { root, env, said, find };
}

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const cli = (path: string, name: string) => program(path, `echo "temporal version ${name}"`);

describe('where a Temporal server is found', { skip: process.platform === 'win32' }, () => {
  it('given TEMPORAL_CLI_PATH, then that one, before PATH and cache', async (t) => {
    const { root, find } = await machine(t);
    await cli(join(root, 'bin', 'temporal'), 'on-path');
    const path = await cli(join(root, 'mine'), 'mine');

    const found = await find({ TEMPORAL_CLI_PATH: path });

    assert.deepEqual(found, { path, how: 'TEMPORAL_CLI_PATH', version: 'mine' });
  });

  it('given a TEMPORAL_CLI_PATH that does not run, then an error names it, and no other is taken', async (t) => {
    const { root, find } = await machine(t);
    await cli(join(root, 'bin', 'temporal'), 'on-path');

    await assert.rejects(find({ TEMPORAL_CLI_PATH: join(root, 'nowhere') }), /TEMPORAL_CLI_PATH=.*nowhere/);
  });

  it('given temporal on PATH and in the cache, then the one on PATH', async (t) => {
    const { root, env, find } = await machine(t);
    const path = await cli(join(root, 'bin', 'temporal'), 'on-path');
    await cli(cachedServerPath(env), 'cached');

    assert.deepEqual(await find(), { path, how: 'PATH', version: 'on-path' });
  });

  it('given another program named temporal on PATH, then it is passed over', async (t) => {
    const { root, env, find } = await machine(t);
    await program(join(root, 'bin', 'temporal'), 'echo "tempo 1.2"');
    const path = await cli(cachedServerPath(env), 'cached');

    assert.deepEqual(await find(), { path, how: 'cache', version: 'cached' });
  });
});

describe('getting a Temporal server', { skip: process.platform === 'win32' }, () => {
  const FAKE_GO = `echo "go: downloading modules" >&2
    printf '#!/bin/sh\\necho "temporal version built"\\n' > "$GOBIN/temporal"`;

  it('given no network and a Go, when it is asked for, then it is built, kept, and found the next time', async (t) => {
    const { root, env, said, find } = await machine(t);
    await program(join(root, 'bin', 'go'), FAKE_GO);

    const first = await find();
    const second = await find();

    assert.deepEqual(first, { path: cachedServerPath(env), how: 'go install', version: 'built' });
    assert.equal(second.how, 'cache');
    assert.ok(
      said.some((line) => line.startsWith('download: ')),
      'says why the download failed',
    );
  });

  it('given two that build at once, then both find a whole file and no rest is left', async (t) => {
    const { root, env, find } = await machine(t);
    await program(join(root, 'bin', 'go'), FAKE_GO);

    const found = await Promise.all([find(), find()]);

    assert.deepEqual(
      found.map(({ version }) => version),
      ['built', 'built'],
    );
    assert.deepEqual(await readdir(env.REIMAGE_CACHE_DIR), ['temporal-cli-1.5.1']);
  });

  it('given neither network nor Go, then the error says what was tried and what to do', async (t) => {
    const { env, find } = await machine(t);

    await assert.rejects(find(), (error: Error) => {
      assert.match(error.message, /download: .*go install: go is not installed/s);
      assert.match(error.message, /TEMPORAL_CLI_PATH/);
      return true;
    });
    assert.deepEqual(await readdir(env.REIMAGE_CACHE_DIR), []);
  });

  it('given a build that fails, then the error ends with what it said last', async (t) => {
    const { root, find } = await machine(t);
    await program(join(root, 'bin', 'go'), 'echo "go: module lookup disabled" >&2; exit 1');

    await assert.rejects(find(), /go install: go: module lookup disabled/);
  });
});
