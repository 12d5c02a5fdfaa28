import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Bundler from '../../scripts/bundle-workflows.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { findServer } from '../../temporal/dev-server/find-server.js';
import { WORKFLOW_BUNDLE } from '../../temporal/worker/start-worker.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { environmentOfTests, needsServer } from '../runner/environment.js';
import type { Copy } from './copy.js';
import type { Mutant } from './mutant.js';
import type { Trial } from './try-mutants.js';

/** What a workflow bundle is made of. */
const BUNDLED = /^(workflows|contracts)\//;

/** What tests need beside their files: one Temporal server for all of them, and the workflows as they are in the copy. */
export async function openStand(
  scope: Scope,
  [first, ...others]: readonly [Copy, ...Copy[]],
  mutants: readonly Mutant[],
): Promise<Pick<Trial, 'environment' | 'copies'>> {
  const needs = ({ tests }: Mutant) => tests.some(needsServer);
  const copies = [first, ...others];
  if (!mutants.some(needs)) return { copies, environment: async () => environmentOfTests({}) };
  const told = await startServer(scope);
  const unmutated = await bundle(first, 'unmutated');
  return {
    copies,
    environment: async (mutant, copy, isPlanted) => {
      if (!needs(mutant)) return environmentOfTests({});
      const build = isPlanted && BUNDLED.test(mutant.file) ? await bundle(copy, 'mutated') : unmutated;
      return environmentOfTests({ ...told, REIMAGE_TEST_BUILD: build });
    },
  };
}

async function startServer(scope: Scope): Promise<Record<string, string>> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-mutants-'));
  defer(scope, () => rm(directory, { recursive: true, force: true }));
  const { path } = await findServer({ log: console.error });
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
  defer(scope, () => server.stop());
  return { REIMAGE_TEST_TEMPORAL_ADDRESS: server.address, REIMAGE_TEST_TEMPORAL_CLI: path };
}

/** Bundles the workflows of the copy, by its own means. @returns the folder that holds them */
async function bundle({ root }: Copy, name: string): Promise<string> {
  const bundler: typeof Bundler = await import(pathToFileURL(join(root, 'scripts/bundle-workflows.ts')).href);
  const build = join(root, '.build', name);
  await mkdir(build, { recursive: true });
  await writeFile(join(build, WORKFLOW_BUNDLE.inClear), await bundler.bundleWorkflows());
  return build;
}
