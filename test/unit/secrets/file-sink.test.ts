import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { passwordProblems } from '../../../jdcloud/parameter-rules.js';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { createFileSink, type SinkFiles } from '../../../secrets/sinks.js';
import { refused } from './refused.js';
import { directoryFor, fifo, fileIn } from './temporary.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-8cjmd27n1s' };
const isRoot = process.geteuid?.() === 0;
const { read, peek } = createSecretReader({ env: {}, where: 'on the test bench' });

/** Holds that neither a look nor a hand-over goes there, and that nothing in the directory is changed by the tries. */
async function refusedAt(path: string, directory: string, says: RegExp): Promise<void> {
  const before = await contentOf(directory);
  await refused(peek(`generate:file:${path}`, VM), says, path);
  await refused(read(`generate:file:${path}`, VM), says, path);
  assert.deepEqual(await contentOf(directory), before);
}

async function contentOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).toSorted();
  const paths = names.map((name) => join(directory, name));
  return await Promise.all(
    paths.map(async (path) => `${path} ${(await lstat(path)).isFile() ? await readFile(path, 'utf8') : ''}`),
  );
}

async function pathIn(t: TestContext) {
  const directory = await directoryFor(t);
  return { directory, path: join(directory, 'password') };
}

/** The files of the system, and in which order the calls that make a password safe have ended. */
function recordedFiles(): { files: SinkFiles; ended: string[] } {
  const ended: string[] = [];
  const files: SinkFiles = {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args);
      const sync = handle.sync.bind(handle);
      const what = (await handle.stat()).isDirectory() ? 'directory' : 'file';
      handle.sync = async () => {
        await sync();
        ended.push(`sync of the ${what}`);
      };
      return handle;
    },
    rename: async (...args: Parameters<typeof fs.rename>) => {
      await fs.rename(...args);
      ended.push('rename');
    },
  };
  return { files, ended };
}

describe('generate:file:', () => {
  it('has the password on the disk, and its name too, before it is used', async (t) => {
    const { path } = await pathIn(t);
    const { files, ended } = recordedFiles();

    await createFileSink(files).take('Zx9!kT2#mW', path, { env: {}, where: 'here', vm: VM });

    assert.deepEqual(ended, ['sync of the file', 'rename', 'sync of the directory']);
  });

  it('given a disk that takes too long, then refuses in time, and stores nothing late', async (t) => {
    const { directory, path } = await pathIn(t);
    await fileIn(directory, 'password', 'of a later attempt', 0o600);
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const open = async (...args: Parameters<typeof fs.open>) => {
      await slow;
      return await fs.open(...args);
    };

    let tellEnd: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (tellEnd = resolve));
    const rm = (...args: Parameters<typeof fs.rm>) => fs.rm(...args).finally(tellEnd);

    const taking = createFileSink({ ...fs, open, rm }).take('Zx9!kT2#mW', path, { env: {}, where: 'here', vm: VM });

    await refused(taking, /does not answer within 5 s/, path, 'Zx9!kT2#mW');
    answer();
    await ended;
    assert.deepEqual(await readdir(directory), ['password'], 'what was begun is gone');
    assert.equal(await readFile(path, 'utf8'), 'of a later attempt');
  });

  it('given a FIFO in its place, then refuses it without waiting', async (t) => {
    const { directory, path } = await pathIn(t);
    fifo(path);
    await refused(peek(`generate:file:${path}`, VM), /not a regular file/, path);
    assert.deepEqual(await readdir(directory), ['password']);
  });

  it('given a directory, then the password is in a file for its owner alone, and nothing else is left there', async (t) => {
    const { directory, path } = await pathIn(t);

    const password = await read(`generate:file:${path}`, VM);

    assert.deepEqual(passwordProblems(password, 'root'), []);
    assert.equal(await readFile(path, 'utf8'), password);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(directory), ['password']);
    assert.equal(await read(`file:${path}`), password, 'and is read back by its reference');
  });

  it('given a look, then nothing is made', async (t) => {
    const { directory, path } = await pathIn(t);

    assert.equal(await peek(`generate:file:${path}`, VM), null);

    assert.deepEqual(await readdir(directory), []);
  });

  it('given placeholders, then they are the ids of the VM', async (t) => {
    const { directory } = await pathIn(t);
    await mkdir(join(directory, VM.regionId));

    const password = await read(`generate:file:${directory}/{regionId}/{instanceId}-{regionId}`, VM);

    assert.equal(await readFile(join(directory, VM.regionId, `${VM.instanceId}-${VM.regionId}`), 'utf8'), password);
  });

  it('given a password from before, then it stays beside the new one, whatever the attempts of the rebuild', async (t) => {
    const { directory, path } = await pathIn(t);
    const ref = `generate:file:${path}`;

    const first = await read(ref, VM, 'rebuild 1');
    const others = [
      await read(ref, VM, 'rebuild 2'),
      await read(ref, VM, 'rebuild 2'),
      await read(ref, VM, 'rebuild 2'),
    ];

    const [now = '', kept = '', ...more] = (await readdir(directory)).toSorted();
    assert.deepEqual([now, more], ['password', []]);
    assert.match(kept, /^password\.before-i-8cjmd27n1s-[0-9a-f]{8}$/);
    assert.equal(new Set([first, ...others]).size, 4);
    assert.equal(await readFile(path, 'utf8'), others[2]);
    assert.equal(await readFile(join(directory, kept), 'utf8'), first);
    assert.equal((await stat(join(directory, kept))).mode & 0o777, 0o600);
  });

  it('given two rebuilds after it, then both that came before are there', async (t) => {
    const { directory, path } = await pathIn(t);
    const ref = `generate:file:${path}`;

    const passwords = [
      await read(ref, VM, 'rebuild 1'),
      await read(ref, VM, 'rebuild 2'),
      await read(ref, VM, 'rebuild 3'),
    ];

    const names = await readdir(directory);
    const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
    assert.deepEqual(texts.toSorted(), passwords.toSorted());
  });

  it('given VMs that share a path and the id of their caller, then the password of each is there, named by who came next', async (t) => {
    const { directory, path } = await pathIn(t);
    const vms = ['i-a1', 'i-a2', 'i-a3'].map((instanceId) => ({ ...VM, instanceId }));

    const passwords: string[] = [];
    for (const vm of vms) passwords.push(await read(`generate:file:${path}`, vm, 'ticket-7'));

    const names = (await readdir(directory)).toSorted();
    assert.deepEqual(
      names.map((name) => name.replace(/-[0-9a-f]{8}$/, '')),
      ['password', 'password.before-i-a2', 'password.before-i-a3'],
    );
    const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
    assert.deepEqual(texts.toSorted(), passwords.toSorted());
  });

  it('given a symbolic link, then neither it nor its target is touched', async (t) => {
    const { directory, path } = await pathIn(t);
    await symlink(await fileIn(directory, 'target', 'mine', 0o600), path);
    await refusedAt(path, directory, /not a regular file/);
  });

  it('given a link that leads nowhere, then nothing is made there', async (t) => {
    const { directory, path } = await pathIn(t);
    await symlink(join(directory, 'nowhere'), path);
    await refusedAt(path, directory, /not a regular file/);
  });

  it('given a directory in its place, then it stays', async (t) => {
    const { directory, path } = await pathIn(t);
    await mkdir(path);
    await refusedAt(path, directory, /not a regular file/);
  });

  it('given a file that everybody may read, then it is not overwritten: it is no secret', async (t) => {
    const { directory, path } = await pathIn(t);
    await fileIn(directory, 'password', 'notes', 0o644);
    await refusedAt(path, directory, /everybody may read/);
  });

  it("given another user's file, then it is not overwritten", { skip: !isRoot && 'needs root' }, async (t) => {
    const { directory, path } = await pathIn(t);
    await chown(await fileIn(directory, 'password', 'theirs', 0o600), 12_345, 12_345);
    await refusedAt(path, directory, /another user's file/);
  });

  it('given a directory that is not there, or is none, then says so', async (t) => {
    const { directory } = await pathIn(t);
    await refusedAt(join(directory, 'none', 'password'), directory, /cannot be written to: ENOENT/);
    await fileIn(directory, 'file', 'mine', 0o600);
    await refusedAt(join(directory, 'file', 'password'), directory, /ENOTDIR/);
  });

  it(
    'given a directory without the right to write, then says so',
    { skip: isRoot && 'root may write anywhere' },
    async (t) => {
      const { directory, path } = await pathIn(t);
      await chmod(directory, 0o500);
      await refusedAt(path, directory, /cannot be written to: EACCES/);
    },
  );

  it('given a file that cannot get its name, then nothing is left of the try', async (t) => {
    const { directory, path } = await pathIn(t);

    await refused(read(`generate:file:${path}/`, VM), /cannot be written: ENOTDIR/, path);

    assert.deepEqual(await readdir(directory), []);
  });

  it('given a relative path, then says so: it would depend on where the worker was started', async (t) => {
    await refusedAt('password', await directoryFor(t), /absolute path/);
  });

  it('given a placeholder that we do not know, then says so: all VMs would share the file', async (t) => {
    const { directory } = await pathIn(t);
    await refusedAt(join(directory, '{vm}'), directory, /\{instanceId\} and \{regionId\}/);
  });
});
