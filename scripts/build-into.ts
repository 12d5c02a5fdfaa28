import { spawnSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORKFLOW_BUNDLE } from '../temporal/worker/start-worker.js';
import { bundleWorkflows } from './bundle-workflows.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Builds into a folder of the project, which is emptied first: the compiled code, and the workflow bundles, one of
 * which a worker loads at its start.
 * @param folder - relative to the project
 * @param typeErrors - `told` for a build of code that someone is at work on: it is made in spite of them
 * @returns its whole path
 * @throws Error when there are type errors, or a workflow imports what it may not
 */
export async function buildInto(folder: string, typeErrors: 'refused' | 'told' = 'refused'): Promise<string> {
  const out = join(ROOT, folder);
  await rm(out, { recursive: true, force: true });
  try {
    runTool('tsc', ['-p', 'tsconfig.build.json', '--outDir', out]);
  } catch (error) {
    if (typeErrors === 'refused') throw error;
  }
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
