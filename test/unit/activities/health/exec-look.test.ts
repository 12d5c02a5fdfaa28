import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { execProbe, programEnv } from '../../../../activities/health/probes.js';
import { eventually } from '../../../fixtures/eventually.js';
import { patient } from './limits.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };

/** Runs a piece of JavaScript as the program, with these arguments. */
const look = (script: string, args: readonly string[] = [], limits = patient()) =>
  execProbe({ command: [process.execPath, '-e', script, ...args], env: programEnv(process.env, VM) }, limits);

async function fileFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-exec-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'said');
}

/** Starts another program in its process group, notes both pids in a file, and goes on as told. It ignores SIGTERM. */
const withChild = (path: string, then: string, limits = patient()) => {
  const script = `trap '' TERM; sleep 1000 & echo "$$ $!" > "$1"; ${then}`;
  return execProbe({ command: ['/bin/sh', '-c', script, 'sh', path], env: programEnv(process.env, VM) }, limits);
};

async function pidsIn(path: string): Promise<number[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split(' ').map(Number).filter(Boolean);
}

/** Whether a process runs. One that has ended may wait long for who collects it. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(state);
}

async function allGone(path: string): Promise<void> {
  const pids = await pidsIn(path);
  assert.equal(pids.length, 2);
  await eventually('program and child are gone', async () => !(await Promise.all(pids.map(isAlive))).includes(true));
}

describe('a look by a program', () => {
  it('given exit code 0, then it is good', async () => {
    assert.deepEqual(await look('process.exit(0)'), { isGood: true, message: 'exit code 0' });
  });

  it('given another exit code or a signal, then it is bad, and says which', async () => {
    assert.deepEqual(await look('process.exit(3)'), { isGood: false, message: 'exit code 3' });
    const killed = await look('process.kill(process.pid, "SIGKILL"); setInterval(() => undefined, 1000)');
    assert.deepEqual(killed, { isGood: false, message: 'ended by SIGKILL' });
  });

  it('given words that are no program, then it is bad, and they are not shown', async () => {
    const limits = patient();
    const nowhere = await execProbe({ command: ['/nonexistent/s3cret'], env: {} }, limits);
    assert.deepEqual(nowhere, { isGood: false, message: 'cannot be run (ENOENT)' });
    const directory = await execProbe({ command: [tmpdir()], env: {} }, limits);
    assert.deepEqual(directory, { isGood: false, message: 'cannot be run (EACCES)' });
    const tooLong = await execProbe({ command: [process.execPath, 's3cret'.repeat(100_000)], env: {} }, limits);
    assert.deepEqual(tooLong, { isGood: false, message: 'cannot be run (E2BIG)' });
    const withNul = await execProbe({ command: ['a\0s3cret'], env: {} }, limits);
    assert.deepEqual(withNul, { isGood: false, message: 'cannot be run (ERR_INVALID_ARG_VALUE)' });
  });

  it('hands arguments over as they are, without a shell', async (t) => {
    const path = await fileFor(t);
    const script = 'require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2)))';
    const args = ['$HOME', '; exit 0', '`id`', '*', 'two words', '', '"'];
    assert.equal((await look(script, [path, ...args])).isGood, true);
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), args);
  });

  it('gives the program PATH, HOME, LANG and the VM, and nothing else of the worker', async (t) => {
    const path = await fileFor(t);
    const worker = { PATH: '/bin', HOME: '/home/worker', JDCLOUD_SECRET_KEY: 's3cret', REIMAGE_SECRET_X: 's3cret' };
    const script = 'require("node:fs").writeFileSync(process.argv[1], JSON.stringify(process.env))';
    await execProbe({ command: [process.execPath, '-e', script, path], env: programEnv(worker, VM) }, patient());
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), {
      PATH: '/bin',
      HOME: '/home/worker',
      REIMAGE_INSTANCE: 'i-a1',
      REIMAGE_REGION: 'cn-north-1',
    });
  });

  it('gives the program no input, and lets its output go nowhere', async () => {
    const found = await look(`
      process.stdin.resume().on('end', () => {
        process.stdout.write('s3cret'.repeat(1_000_000), () => process.exit(4));
      });`);
    assert.deepEqual(found, { isGood: false, message: 'exit code 4' });
  });

  it('given a program that does not end, then it is killed with what it started', async (t) => {
    const path = await fileFor(t);
    const found = await withChild(path, 'wait', patient({ timeoutMs: 2_000 }));
    assert.deepEqual(found, { isGood: false, message: 'no end within 2 s' });
    await allGone(path);
  });

  it('given a program that ends and leaves another, then that one is killed', async (t) => {
    const path = await fileFor(t);
    assert.equal((await withChild(path, 'exit 0')).isGood, true);
    await allGone(path);
  });

  it('given a signal that aborts meanwhile, then all is killed, and it rejects with its reason', async (t) => {
    const path = await fileFor(t);
    const controller = new AbortController();
    const reason = new Error('the worker stops');
    const looking = withChild(path, 'wait', patient({ signal: controller.signal }));
    await eventually('it runs', async () => (await pidsIn(path)).length === 2);
    controller.abort(reason);
    await assert.rejects(looking, (error) => error === reason);
    await allGone(path);
  });
});
