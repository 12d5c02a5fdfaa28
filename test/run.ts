import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildInto } from '../scripts/build-into.js';
import { startDevServer } from '../temporal/dev-server/dev-server.js';
import { findServer } from '../temporal/dev-server/find-server.js';
import { environmentOfTests, needsServer } from './runner/environment.js';
import { launchTests } from './runner/launch.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Twice the cores that a machine of ours has: files that talk to a server mostly wait. */
const FILES_AT_A_TIME = 4;
/** Files without a server that share a process. */
const FILES_IN_A_PROCESS = 12;
/** For a whole file, of which the longest takes one on a quiet machine: one that hangs must not hang all. */
const FILE_TIMEOUT_MS = 10 * 60_000;
/** For all: three times what they take on two cores. */
const DEADLINE_MS = 40 * 60_000;

/** Within the project, where the packages are found. */
const BUILD = `.build-test-${process.pid}`;

const log = (line: string) => console.error(`test: ${line}`);

/** All test files whose path holds one of the filters, as paths from the root with slashes. */
async function testFiles(filters: readonly string[], unitOnly: boolean): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'test'), { recursive: true });
  return entries
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) =>
      relative(ROOT, join(ROOT, 'test', name))
        .split(sep)
        .join('/'),
    )
    .filter((path) => !(unitOnly && needsServer(path)))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .toSorted();
}

async function runFiles(files: readonly string[], variables: Record<string, string>): Promise<number> {
  return await launchTests({
    files,
    filesAtATime: FILES_AT_A_TIME,
    fileTimeoutMs: FILE_TIMEOUT_MS,
    deadlineMs: DEADLINE_MS,
    env: environmentOfTests(variables),
  });
}

/** Build and server are made once for all files: either takes seconds. */
async function runWithServer(files: readonly string[], directory: string): Promise<number> {
  const { path, how, version } = await findServer({ log });
  log(`Temporal CLI ${version} (${how})`);
  // Its garbage is a tenth of what the tests cost.
  const env = { ...process.env, GOGC: '400' };
  const server = await startDevServer({ path, logFile: join(directory, 'temporal.log'), env });
  try {
    return await runFiles(files, {
      REIMAGE_TEST_TEMPORAL_ADDRESS: server.address,
      REIMAGE_TEST_TEMPORAL_CLI: path,
      REIMAGE_TEST_BUILD: await buildInto(BUILD, 'told'),
    });
  } finally {
    await rm(join(ROOT, BUILD), { recursive: true, force: true });
    await server.stop();
  }
}

/**
 * Lets files that need no server share processes: to start one costs a second of a core, and most run for less.
 * @returns files for node's test runner, each of which imports some of ours
 */
async function inGroups(files: readonly string[], directory: string): Promise<string[]> {
  const groups: string[] = [];
  for (let from = 0; from < files.length; from += FILES_IN_A_PROCESS) {
    const group = files.slice(from, from + FILES_IN_A_PROCESS);
    const path = join(directory, `group-${groups.length + 1}.test.mjs`);
    const imports = group.map((file) => `await import(${JSON.stringify(pathToFileURL(join(ROOT, file)).href)});\n`);
    await writeFile(path, imports.join(''));
    groups.push(path);
  }
  return groups;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { unit: { type: 'boolean' } }, allowPositionals: true });
  const files = await testFiles(positionals, values.unit === true);
  if (files.length === 0) {
    log(`no test file matches ${positionals.join(' ') || 'test/**/*.test.ts'}`);
    return 1;
  }
  const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
  try {
    const serverFiles = files.filter(needsServer);
    const otherFiles = files.filter((path) => !needsServer(path));
    // Those that wait for a server come first: the others fill the gaps.
    const all = [...serverFiles, ...(await inGroups(otherFiles, directory))];
    return serverFiles.length === 0 ? await runFiles(all, {}) : await runWithServer(all, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main();
