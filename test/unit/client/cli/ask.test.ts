import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defer } from '../../../fixtures/defer.js';
import { eventually } from '../../../fixtures/eventually.js';
import { leaveOut } from '../../../fixtures/leave-out.js';

const ASK = fileURLToPath(new URL('fixtures/ask.ts', import.meta.url));

describe('a question on a terminal', () => {
  it('given Ctrl-C, then what is said next stands on a line of its own', async (t) => {
    if (spawnSync('script', ['--version']).error !== undefined) return leaveOut(t, 'no script, which gives a terminal');
    const command = [process.execPath, '--import', 'tsx', ASK].join(' ');
    const child = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    defer(t, () => void child.kill());
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));

    await eventually('it asks', () => seen.includes('Type web-1: '));
    child.stdin.write('\x03');
    await eventually('it goes on', () => seen.includes('answer: none'));

    assert.match(seen, /Type web-1: [^\n]*\nanswer: none/);
  });
});
