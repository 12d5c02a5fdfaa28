import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWorkflows } from '../scripts/bundle-workflows.js';
import { startDevServer } from '../temporal/dev-server.js';
import { findServer } from '../temporal/find-server.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NEEDS_SERVER = /^test\/(workflows|client|process|chaos)\/|\.server\.test\.ts$/;
/** One more than the cores that a machine of ours has: files that talk to a server mostly wait. */
const FILES_AT_A_TIME = 3;
/** For a whole file: one that hangs must not hang all. */
const FILE_TIMEOUT_MS = 5 * 60_000;

/** Settings of a person must not reach a test: it might rebuild a real machine. The seed of random inputs may. */
const NOT_FOR_TESTS = /^(TEMPORAL_|JDCLOUD_|REIMAGE_(?!TEST_SEED$))/;

const log = (line: string) => console.error(`test: ${line}`);

/** All test files whose path holds one of the filters, as paths from the root with slashes. Those that wait for a server come first: the others fill the gaps. */
async function testFiles(filters: readonly string[], unitOnly: boolean): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'test'), { recursive: true });
  return entries
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) =>
      relative(ROOT, join(ROOT, 'test', name))
        .split(sep)
        .join('/'),
    )
    .filter((path) => !(unitOnly && NEEDS_SERVER.test(path)))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .toSorted((a, b) => Number(NEEDS_SERVER.test(b)) - Number(NEEDS_SERVER.test(a)) || (a < b ? -1 : 1));
}

/** Runs the files by node's test runner, whose summary is the last that is printed. */
async function runFiles(files: readonly string[], variables: Record<string, string>): Promise<number> {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.test(name));
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--test',
      `--test-concurrency=${FILES_AT_A_TIME}`,
      `--test-timeout=${FILE_TIMEOUT_MS}`,
      ...files,
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...Object.fromEntries(inherited), ...variables } },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Bundle and server are made once for all files: either takes seconds. */
async function runWithServer(files: readonly string[], directory: string): Promise<number> {
  const { path, how, version } = await findServer({ log });
  log(`Temporal CLI ${version} (${how})`);
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
  try {
    const bundle = join(directory, 'workflow-bundle.js');
    await writeFile(bundle, await bundleWorkflows());
    return await runFiles(files, {
      REIMAGE_TEST_TEMPORAL_ADDRESS: server.address,
      REIMAGE_TEST_TEMPORAL_CLI: path,
      REIMAGE_TEST_WORKFLOW_BUNDLE: bundle,
    });
  } finally {
    await server.stop();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { unit: { type: 'boolean' } }, allowPositionals: true });
  const files = await testFiles(positionals, values.unit === true);
  if (files.length === 0) {
    log(`no test file matches ${positionals.join(' ') || 'test/**/*.test.ts'}`);
    return 1;
  }
  if (!files.some((path) => NEEDS_SERVER.test(path))) return await runFiles(files, {});
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  try {
    return await runWithServer(files, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main();
