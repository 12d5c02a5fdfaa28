import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';

describe('the terminal', () => {
  it('hears of the first Ctrl-C, and is ended by the second, whatever still hangs', async () => {
    const program = fileURLToPath(new URL('fixtures/hangs-when-interrupted.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program], {
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
});
