import assert from 'node:assert/strict';
import { access, chmod, constants, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { findTimeSkippingServer, TEST_SERVER_VARIABLE } from './find-time-skipping-server.js';
import { TEST_SERVER_VERSION } from './make-time-skipping-server.js';

const FOLDER = `temporal-test-server-${TEST_SERVER_VERSION}`;

/** Puts a jar where it is asked to, and tells how it goes. */
const FAKE_MAVEN = `for given; do case "$given" in -DoutputDirectory=*) out="\${given#*=}";; esac; done
  [ "$1" = --version ] && exit 0
  mkdir -p "$out" && echo "[INFO] Copying server.jar" && : > "$out/server.jar"`;

/** A machine of its own: a folder on PATH, a cache folder, and of programs only those given. */
async function machine(t: TestContext, programs: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), 'reimage-skipping-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'bin'));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(root, 'bin', name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    await chmod(join(root, 'bin', name), 0o755);
  }
  // Maven is started by the shell.
  await writeFile(join(root, 'bin', 'sh'), '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 });
  const cache = join(root, 'cache');
  const env = { PATH: join(root, 'bin'), REIMAGE_CACHE_DIR: cache };
  const said: string[] = [];
  const find = (more: NodeJS.ProcessEnv = {}) =>
    findTimeSkippingServer({ env: { ...env, ...more }, log: (line) => said.push(line) });
  return { root, cache, said, find };
}

async function why(finding: ReturnType<typeof findTimeSkippingServer>): Promise<string> {
  const found = await finding;
  return found.path === null ? found.why : assert.fail(`found ${found.path}`);
}

describe('a server that skips time', { skip: process.platform === 'win32' }, () => {
  it('given Java and Maven, then it is made, kept, and found the next time', async (t) => {
    const { cache, said, find } = await machine(t, { java: '', mvn: FAKE_MAVEN });

    const first = await find();
    const lines = said.length;
    const second = await find();

    const path = join(cache, FOLDER, 'temporal-test-server');
    assert.deepEqual([first, second], [{ path }, { path }]);
    assert.equal(lines, 1, 'it says once that it fetches');
    assert.equal(said.length, lines);
    await access(path, constants.X_OK);
    await access(join(cache, FOLDER, 'lib', 'server.jar'));
    assert.deepEqual(await readdir(cache), [FOLDER]);
  });

  it('given two that make it at once, then both find it and no rest is left', async (t) => {
    const { cache, find } = await machine(t, { java: '', mvn: FAKE_MAVEN });

    const found = await Promise.all([find(), find()]);

    const path = join(cache, FOLDER, 'temporal-test-server');
    assert.deepEqual(found, [{ path }, { path }]);
    assert.deepEqual(await readdir(cache), [FOLDER]);
  });

  it('given the variable, then that one, without Java or Maven', async (t) => {
    const { root, find } = await machine(t, {});
    const path = join(root, 'mine');
    await writeFile(path, '');

    assert.deepEqual(await find({ [TEST_SERVER_VARIABLE]: path }), { path });
  });

  it('given a variable that names no file, then an error names it', async (t) => {
    const { root, find } = await machine(t, { java: '', mvn: FAKE_MAVEN });

    await assert.rejects(find({ [TEST_SERVER_VARIABLE]: join(root, 'nowhere') }), /_PATH=.*nowhere is no file/);
  });

  it('given no Java, no Maven, or a Maven that fails, then it says why there is none', async (t) => {
    const failing = `[ "$1" = --version ] && exit 0
      echo "[INFO] Scanning"; echo "[ERROR] Could not resolve temporal-test-server"; echo "[ERROR] Help"; exit 1`;
    const failed = await machine(t, { java: '', mvn: failing });

    assert.match(await why((await machine(t, { mvn: FAKE_MAVEN })).find()), /java is not on PATH/);
    assert.match(await why((await machine(t, { java: '' })).find()), /mvn, .* is not on PATH/);
    const reason = await why(failed.find());
    assert.match(reason, /Maven: Could not resolve temporal-test-server; REIMAGE_TEST_SERVER_PATH may name one/);
    assert.deepEqual(await readdir(failed.cache), []);
  });
});
