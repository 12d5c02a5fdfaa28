import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';
import { testTemporalCli } from '../support/temporal-env.js';

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
const cli = await testTemporalCli();

/** The demo, started by a person whose own settings point elsewhere. */
function startDemo(t: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', DEMO, ...args], {
    env: {
      ...process.env,
      TEMPORAL_CLI_PATH: cli,
      TEMPORAL_API_KEY: 'not-for-a-demo',
      JDCLOUD_ENDPOINT: 'http://127.0.0.1:1',
      JDCLOUD_SESSION_TOKEN: 'not-for-a-demo',
      REIMAGE_TASK_QUEUE: 'elsewhere',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.err += text));
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  return { written, ended, interrupt: () => void child.kill('SIGINT') };
}

/** The processes that the demo says it has started. */
function pidsIn(text: string): number[] {
  return [...text.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm run demo', () => {
  it('rebuilds a VM through lost answers, erases it once, shows it, and leaves nothing running', async (t) => {
    const { written, ended } = startDemo(t);
    const { exitCode } = await ended;

    assert.equal(exitCode, 0, written.err);
    assert.match(written.out, /^done: rebuild of i-\w+ in cn-north-1/m);
    assert.match(written.out, /stopInstance +503 +not performed/);
    assert.match(written.out, /rebuildInstance +503 +not performed[^]*rebuildInstance +500 +performed/);
    assert.match(written.out, /startInstance +429 +not performed/);
    assert.match(written.out, /^rebuildInstance was sent 2 times, performed 1$/m);
    assert.match(written.out, /^http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/rebuild%3Acn-north-1/m);
    const pids = pidsIn(written.err);
    assert.equal(pids.length, 2, written.err);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it('stops what it has started when it is interrupted while it starts', async (t) => {
    const { written, ended, interrupt } = startDemo(t, '--keep');
    await eventually('the server runs', () => written.err.includes('starting a worker'), 60_000);
    interrupt();

    assert.deepEqual(await ended, { exitCode: null, signal: 'SIGINT' });
    const [server = 0] = pidsIn(written.err);
    assert.notEqual(server, 0);
    assert.equal(isAlive(server), false);
    assert.equal(written.out, '');
  });

  it('says which option it does not know', async (t) => {
    const { written, ended } = startDemo(t, '--keeep');
    assert.equal((await ended).exitCode, 1);
    assert.match(written.err, /^demo: .*--keeep/m);
  });
});
