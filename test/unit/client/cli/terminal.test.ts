import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defer } from '../../../fixtures/defer.js';
import { eventually } from '../../../fixtures/eventually.js';
import { leaveOut } from '../../../fixtures/leave-out.js';

const PROGRAM = fileURLToPath(new URL('fixtures/hangs-when-interrupted.ts', import.meta.url));
const CTRL_C = '\x03';

describe('the terminal', () => {
  it('hears of the first Ctrl-C, and is ended by the second, whatever still hangs', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'exit');
    await eventually('it runs', () => said.includes('runs'));
    child.kill('SIGINT');
    await eventually('it has heard', () => said.includes('heard'));
    child.kill('SIGINT');
    assert.deepEqual(await ended, [null, 'SIGINT']);
  });

  it('does so with a frame on it too', async (t) => {
    if (spawnSync('script', ['--version']).error !== undefined) {
      leaveOut(t, 'no script, which gives a terminal');
      return;
    }
    const command = [process.execPath, '--import', 'tsx', PROGRAM, 'drawing'].join(' ');
    const env = { ...process.env, TERM: 'xterm' };
    const child = spawn(
      'script',
      ['--quiet', '--return', '--command', `stty cols 80 rows 24; exec ${command}`, '/dev/null'],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
        env,
      },
    );
    defer(t, () => void child.kill());
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'exit');
    await eventually('it runs, with its frame', () => said.includes('runs') && said.includes('a frame'));
    child.stdin.write(CTRL_C);
    await Promise.race([ended, eventually('it has heard', () => said.includes('heard'))]);
    assert.match(said, /heard/);
    child.stdin.write(CTRL_C);
    await ended;
  });
});
