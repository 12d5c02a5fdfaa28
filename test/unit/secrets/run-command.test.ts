import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../../secrets/run-command.js';
import { eventually } from '../../fixtures/eventually.js';
import { refused } from './refused.js';
import { directoryFor, fileIn, programIn } from './temporary.js';

const STORING = fileURLToPath(new URL('fixtures/storing-worker.ts', import.meta.url));

const env = { PATH: process.env['PATH'] };

/** Who has ended, and is only remembered until somebody asks how, is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  } catch {
    return false;
  }
}

describe('a command that knows a secret', () => {
  it('given one that does not end, then it is killed with what it started', async (t) => {
    const directory = await directoryFor(t);
    const pids = join(directory, 'pids');
    const slow = await fileIn(
      directory,
      'slow',
      `#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $$ $! > ${pids}\nwait\n`,
      0o755,
    );
    await refused(runCommand({ words: [slow], env, name: 'it', timeoutMs: 2_000 }), /^it failed \(no end after 2 s\)$/);

    const [first = 0, second = 0] = (await readFile(pids, 'utf8')).split(' ').map(Number);
    assert.ok(first > 0 && second > 0);
    await eventually('both are gone', async () => !(await isAlive(first)) && !(await isAlive(second)));
  });

  it('given a secret and a worker that is killed, then it is killed too, and stores nothing late', async (t) => {
    const directory = await directoryFor(t);
    const [pids, stored] = [join(directory, 'pids'), join(directory, 'stored')];
    // It has its input once it tells its pid: by then it is watched.
    const store = `#!/bin/sh\nread -r secret\necho $$ > ${pids}.new\nmv ${pids}.new ${pids}\nsleep 5\necho "$secret" > ${stored}\n`;
    const command = await fileIn(directory, 'store', store, 0o755);
    const worker = spawn(process.execPath, ['--import', 'tsx', STORING, command], { stdio: 'inherit' });
    t.after(() => worker.kill('SIGKILL'));
    const pid = async () => Number(await readFile(pids, 'utf8').catch(() => '0'));
    await eventually('the command runs', async () => (await pid()) > 0);

    worker.kill('SIGKILL');

    await eventually('the command is gone', async () => !(await isAlive(await pid())));
    assert.deepEqual((await readdir(directory)).toSorted(), ['pids', 'store']);
  });

  it('given one that ends while what it started holds its output, then it has no end', async (t) => {
    const fork = await fileIn(await directoryFor(t), 'fork', '#!/bin/sh\nsleep 1000 &\n', 0o755);
    await refused(runCommand({ words: [fork], env, name: 'it', timeoutMs: 1_000 }), /no end after 1 s/);
  });

  it('given one that a signal ends, then says so', async (t) => {
    const victim = await programIn(await directoryFor(t), 'victim', `process.kill(process.pid, 'SIGKILL');`);
    await refused(runCommand({ words: [victim], env, name: 'it' }), /ended by a signal/);
  });

  it('given words that no system takes, then they are refused without being shown', async () => {
    await refused(runCommand({ words: ['a\0b'], env, name: 'it' }), /it failed/, 'a\0b');
  });

  it('given an input, then the command gets all of it and its output goes nowhere', async (t) => {
    const directory = await directoryFor(t);
    const copy = join(directory, 'copy');
    const tee = await programIn(
      directory,
      'tee',
      `process.stdin.pipe(require('node:fs').createWriteStream('${copy}')); console.log('said');`,
    );
    const input = 'Zx9!kT2#mW'.repeat(100_000);
    assert.equal(await runCommand({ words: [tee], env, input, name: 'it' }), '');
    assert.equal(await readFile(copy, 'utf8'), input);
  });

  it('given an input that it does not read to its end, then it has not got it', async (t) => {
    const deaf = await programIn(await directoryFor(t), 'deaf', 'process.exit(0);');
    const input = 'Zx9!kT2#mW'.repeat(1_000_000);
    await refused(runCommand({ words: [deaf], env, input, name: 'it' }), /did not read its input/, 'Zx9!kT2#mW');
  });
});
