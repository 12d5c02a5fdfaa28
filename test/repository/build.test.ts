import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, accessSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { ROOT } from './tracked-files.js';

const Manifest = z.looseObject({ bin: z.record(z.string(), z.string()), version: z.string() });

describe('npm run build', () => {
  it('given the sources, then the command it makes runs, and the workflow bundle is there', (t) => {
    const folder = `.build-${process.pid}`;
    t.after(() => rmSync(join(ROOT, folder), { recursive: true, force: true }));
    const { bin, version } = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts', folder], { cwd: ROOT, stdio: 'pipe' });

    const command = join(ROOT, (bin['reimage'] ?? '').replace(/^dist/, folder));
    accessSync(command, constants.X_OK);
    assert.equal(execFileSync(command, ['--version'], { encoding: 'utf8' }).trim(), version);
    assert.match(readFileSync(join(ROOT, folder, 'workflow-bundle.js'), 'utf8'), /rebuildInstance/);
    for (const path of ['client/index.d.ts', 'worker.js']) assert.ok(existsSync(join(ROOT, folder, path)), path);
    assert.equal(existsSync(join(ROOT, folder, 'temporal/dev-server.js')), false);
  });
});
