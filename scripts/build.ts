import { spawnSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from './bundle-workflows.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Builds dist/: the compiled code and the workflow bundle that a worker loads at its start. */
async function build(): Promise<void> {
  await rm(DIST, { recursive: true, force: true });
  run('tsc', ['-p', 'tsconfig.build.json']);
  await writeFile(join(DIST, 'workflow-bundle.js'), await bundleWorkflows());
  await chmod(join(DIST, 'client', 'cli', 'main.js'), 0o755);
  run('publint', ['--strict']);
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(join('node_modules', '.bin', command), args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} failed`);
}

await build();
