import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { rowsOf } from '../../../../client/cli/io/text.js';
import { leaveOut } from '../../../fixtures/leave-out.js';
import { Screen } from '../../../fixtures/screen.js';

const DRAWS = fileURLToPath(new URL('fixtures/draws.ts', import.meta.url));

/** What is on a real terminal after frames were drawn on it that became narrower meanwhile; null where there is none to be had. */
async function afterFrames(t: TestContext, end: 'undraw' | 'drawn'): Promise<string[] | null> {
  if (spawnSync('script', ['--version']).error !== undefined) {
    leaveOut(t, 'no script, which gives a terminal');
    return null;
  }
  const command = `stty cols 80 rows 24; ${[process.execPath, '--import', 'tsx', DRAWS, end].join(' ')}`;
  const env = { ...process.env, TERM: 'xterm' };
  const child = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env,
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  await once(child, 'close');
  const [wide = '', narrow, ...more] = written.split('\x1B]0;narrow\x07');
  assert.ok(narrow !== undefined && more.length === 0, written);
  const screen = new Screen(80);
  screen.write(wide);
  assert.deepEqual(screen.seen.map(nameOf), ['before', 'first 0', 'first 1', 'first 2', 'first 3']);
  screen.resize(40);
  screen.write(narrow);
  return screen.seen.map(nameOf);
}

const nameOf = (row: string) => row.replace(/ x*$/, '');

describe('frames on a terminal', () => {
  it('given one that gets narrower, then nothing of a frame drawn before is left', async (t) => {
    const seen = await afterFrames(t, 'drawn');
    if (seen !== null) assert.deepEqual(seen, ['before', 'third 0', 'third 1', 'third 2', 'after']);
  });

  it('are gone where the result takes their place, and none comes late', async (t) => {
    const seen = await afterFrames(t, 'undraw');
    if (seen !== null) assert.deepEqual(seen, ['before', 'after']);
  });

  it('are as many rows as the terminal makes of them, with characters of two cells and colours', () => {
    assert.equal(rowsOf('', 10), 1);
    assert.equal(rowsOf('x'.repeat(10), 10), 1);
    assert.equal(rowsOf('x'.repeat(11), 10), 2);
    assert.equal(rowsOf(`\x1B[31m${'x'.repeat(10)}\x1B[39m`, 10), 1);
    assert.equal(rowsOf('生产镜像', 3), 4);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
        fc.integer({ min: 2, max: 90 }),
        (text, width) => {
          assert.equal(rowsOf(text, width), Math.max(1, Math.ceil(stringWidth(text) / width)));
        },
      ),
    );
  });
});
