import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGuardedChild } from '../../../temporal/dev-server/guarded-child.js';
import { eventually } from '../../fixtures/eventually.js';
import { isAlive } from '../../fixtures/is-alive.js';

const PARENT = fileURLToPath(new URL('../../temporal/fixtures/guarded-parent.ts', import.meta.url));
const FOR_EVER = 'setInterval(() => {}, 1000)';

async function logFileOf(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-guarded-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'child.log');
}

describe('a guarded child', { skip: process.platform === 'win32' }, () => {
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    it(`given a parent that ends by ${signal} without stopping it, then it ends too`, async (t) => {
      const parent = spawn(process.execPath, ['--import', 'tsx', PARENT, await logFileOf(t)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      t.after(() => parent.kill('SIGKILL'));
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line));
      assert.ok(isAlive(pid));

      parent.kill(signal);
      await once(parent, 'exit');

      await eventually('the child is gone', () => !isAlive(pid));
    });
  }

  it('given a child that ignores SIGTERM, when it is stopped, then it is killed after the grace', async (t) => {
    const logFile = await logFileOf(t);
    const script = `process.on('SIGTERM', () => {}); console.log('deaf'); ${FOR_EVER}`;
    const child = await startGuardedChild(process.execPath, ['-e', script], { logFile });
    t.after(() => child.kill());
    await eventually('the child is deaf', async () => (await readFile(logFile, 'utf8')).includes('deaf'));

    await child.stop(50);

    assert.equal(await child.exited(), 'SIGKILL');
    assert.equal(isAlive(child.pid), false);
  });

  it('given a child that has ended, when it is stopped, then nothing happens', async (t) => {
    const child = await startGuardedChild(process.execPath, ['-e', 'process.exit(3)'], { logFile: await logFileOf(t) });

    assert.equal(await child.exited(), 3);

    await child.stop();
    await child.kill();
  });

  it('given a command that does not exist, then the start fails', async (t) => {
    await assert.rejects(startGuardedChild('no-such-command', [], { logFile: await logFileOf(t) }), /ENOENT/);
  });
});
