import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as z from 'zod';
import { WORKFLOW_BUNDLE } from '../../temporal/worker/start-worker.js';
import { ROOT } from './tracked-files.js';

const Manifest = z.looseObject({ bin: z.record(z.string(), z.string()), version: z.string() });

/** That of test/run.ts, made by the same function as `npm run build` makes its own. */
function builtForAll(): string | undefined {
  const path = process.env['REIMAGE_TEST_BUILD'];
  return path === undefined ? undefined : relative(ROOT, path);
}

function build(t: TestContext): string {
  const folder = `.build-${process.pid}`;
  t.after(() => rmSync(join(ROOT, folder), { recursive: true, force: true }));
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts', folder], { cwd: ROOT, stdio: 'pipe' });
  return folder;
}

describe('npm run build', () => {
  it('given the sources, then the command it makes runs, and the workflow bundles are there', (t) => {
    const folder = builtForAll() ?? build(t);
    const { bin, version } = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

    const command = join(ROOT, (bin['reimage'] ?? '').replace(/^dist/, folder));
    accessSync(command, constants.X_OK);
    assert.equal(execFileSync(command, ['--version'], { encoding: 'utf8' }).trim(), version);
    const [inClear, encoding] = Object.values(WORKFLOW_BUNDLE).map((name) =>
      readFileSync(join(ROOT, folder, name), 'utf8'),
    );
    assert.match(inClear ?? '', /rebuildInstance/);
    assert.match(encoding ?? '', /rebuildInstance/);
    const isEncoding = /encodeCommonAttributes: true/;
    assert.deepEqual([isEncoding.test(inClear ?? ''), isEncoding.test(encoding ?? '')], [false, true]);
    // The SDK requires the failure converter, which is an ES module.
    const load = `process.stdout.write(String(require('./temporal/encryption/failure-converter.js').failureConverter.options.encodeCommonAttributes))`;
    const loaded = execFileSync(process.execPath, ['-e', load], { cwd: join(ROOT, folder), encoding: 'utf8' });
    assert.equal(loaded, 'true');
    const started = ['worker.js', 'client/rehearsal/worker-process.js', 'temporal/dev-server/dev-server.js'];
    for (const path of ['client/index.d.ts', ...started]) assert.ok(existsSync(join(ROOT, folder, path)), path);
  });
});
