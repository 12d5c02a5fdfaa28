import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import * as z from 'zod';
import { defer } from '../fixtures/defer.js';
import { leaveOut } from '../fixtures/leave-out.js';
import { installPackage } from './install-package.js';
import { ROOT } from './tracked-files.js';

const run = promisify(execFile);
const TOOLS = join(ROOT, 'node_modules', '.bin');

const PORTAL = `
import { ReimageClient, type Operation } from 'reimage';

await using client = await ReimageClient.connect();
const operation: Operation = await client.get({ regionId: 'cn-north-1', instanceId: 'i-a1' });
console.log(operation.operationId);
`;

/** What a command writes, also when it fails. */
const Ended = z.looseObject({ stdout: z.string(), stderr: z.string() });

const { folder, why } = await installPackage({ after });
await writeFile(join(folder, 'portal.ts'), PORTAL);

describe('the tarball, installed with engine-strict', () => {
  it('brings nothing that refuses the Node which we ask for, and starts', async (t) => {
    if (why !== null) return leaveOut(t, why);

    const command = await run(join(folder, 'node_modules', '.bin', 'reimage'), ['--help'], { cwd: folder });
    assert.match(command.stdout, /^Usage: reimage/);
    const use = "const { ReimageClient } = await import('reimage'); console.log(typeof ReimageClient.connect);";
    const library = await run(process.execPath, ['--input-type=module', '--eval', use], { cwd: folder });
    assert.equal(library.stdout, 'function\n');
  });

  it('has types that check without skipLibCheck, save those that Temporal lacks', async (t) => {
    if (why !== null) return leaveOut(t, why);
    const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--ignoreConfig'];
    const target = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable'];

    const checked = run(join(TOOLS, 'tsc'), [...strict, ...target, 'portal.ts'], { cwd: folder });
    const { stdout } = Ended.parse(await checked.catch((error: unknown) => error));

    const wrong = stdout.split('\n').filter((line) => /^\S.* error /.test(line));
    assert.deepEqual(
      wrong.filter((line) => !/^node_modules\/@temporalio\/common\/.* module 'ms'/.test(line)),
      [],
    );
  });

  it('is bundled as docs/library.md says, and the bundle needs nothing beside it', async (t) => {
    if (why !== null) return leaveOut(t, why);
    const page = await readFile(join(ROOT, 'docs', 'library.md'), 'utf8');
    const [, bundle = ''] = /^```sh bundle\nnpx ([^]*?)^```/m.exec(page) ?? [];
    const PATH = [TOOLS, process.env['PATH'] ?? ''].join(delimiter);
    await run('sh', ['-c', bundle], { cwd: folder, env: { ...process.env, PATH } });
    const elsewhere = await mkdtemp(join(tmpdir(), 'reimage-bundle-'));
    defer(t, () => rm(elsewhere, { recursive: true, force: true }));
    await cp(join(folder, 'portal.mjs'), join(elsewhere, 'portal.mjs'));

    const env = { ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const started = run(process.execPath, ['portal.mjs'], { cwd: elsewhere, env });
    const { stderr } = Ended.parse(await started.catch((error: unknown) => error));

    assert.match(stderr, /^ReimageUnreachableError: .*127\.0\.0\.1:1/m);
  });
});
