import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { argumentsToRun } from '../../../fixtures/command.js';

describe('the file named -', () => {
  it('is what comes in on stdin', async () => {
    const { PATH, HOME } = process.env;
    const argv = [...argumentsToRun('client/cli/main.ts'), 'fleet', 'plan', '-'];
    const child = spawn(process.execPath, argv, { env: { PATH, HOME }, stdio: ['pipe', 'ignore', 'pipe'] });
    child.stdin.end('name: web\nregion: cn-north-1\n');

    assert.match(await text(child.stderr), /^ {2}-:2:1 region: unknown field, did you mean regionId\?$/m);
  });
});
