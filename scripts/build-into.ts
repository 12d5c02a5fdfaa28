import { spawnSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORKFLOW_BUNDLE } from '../temporal/workflow-source.js';
import { bundleWorkflows } from './bundle-workflows.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Builds into a folder of the project, which is emptied first: the compiled code, and the workflow bundles, one of
 * which a worker loads at its start. Throws when the code does not compile.
 * @param folder - relative to the project
 * @returns its whole path
 */
export async function buildInto(folder: string): Promise<string> {
  const out = join(ROOT, folder);
  await rm(out, { recursive: true, force: true });
  runTool('tsc', ['-p', 'tsconfig.build.json', '--outDir', out]);
  await writeFile(join(out, WORKFLOW_BUNDLE.inClear), await bundleWorkflows());
  await writeFile(join(out, WORKFLOW_BUNDLE.encoding), await bundleWorkflows('encoding'));
  await chmod(join(out, 'client', 'cli', 'main.js'), 0o755);
  return out;
}

/** Runs a command of a dependency, in the project. Throws when it fails; it has said why by then. */
export function runTool(command: string, args: readonly string[]): void {
  const { status } = spawnSync(join('node_modules', '.bin', command), args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} failed`);
}
