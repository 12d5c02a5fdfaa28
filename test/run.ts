import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildInto } from '../scripts/build-into.js';
import { startDevServer } from '../temporal/dev-server/dev-server.js';
import { findServer } from '../temporal/dev-server/find-server.js';
import { environmentOfTests, mayShareProcess, needsServer } from './runner/environment.js';
import { inGroups } from './runner/groups.js';
import { launchTests } from './runner/launch.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Twice the cores that a machine of ours has: files that talk to a server mostly wait. */
const FILES_AT_A_TIME = 4;
/** Files without a server that share a process. */
const UNIT_FILES_IN_A_PROCESS = 12;
/** Files that talk to the same server, and share a process and its worker. */
const SERVER_FILES_IN_A_PROCESS = 4;
/** For a whole process, of which the longest takes two on a quiet machine: one that hangs must not hang all. */
const FILE_TIMEOUT_MS = 15 * 60_000;
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
    const into = { directory, root: ROOT };
    // Those that run longest come first: the others fill the gaps.
    const all = [
      ...serverFiles.filter((path) => !mayShareProcess(path)),
      ...(await inGroups('server', serverFiles.filter(mayShareProcess), {
        size: SERVER_FILES_IN_A_PROCESS,
        first: 'test/fixtures/quiet-runtime.ts',
        ...into,
      })),
      ...(await inGroups(
        'unit',
        files.filter((path) => !needsServer(path)),
        { size: UNIT_FILES_IN_A_PROCESS, ...into },
      )),
    ];
    return serverFiles.length === 0 ? await runFiles(all, {}) : await runWithServer(all, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main();
