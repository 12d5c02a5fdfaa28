import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.js';
import { TestEnd } from './test-end.js';

const TELL_TESTS = fileURLToPath(new URL('tell-tests.ts', import.meta.url));
/** As an address: tests may run where no packages are found. */
const TSX = import.meta.resolve('tsx');

/** Longest that the tests of one mutant may take. */
const LONGEST_MS = 180_000;

const SAID_MOST = 2_000;

/** How the tests have ended, up to the first that failed. */
export interface TestRun {
  readonly ends: readonly TestEnd[];
  /** Why not all of them have ended: they took too long, or their runner has ended early. Null: all have. */
  readonly brokenOff: string | null;
  /** The last of what they wrote for people. */
  readonly said: string;
}

/** Runs the tests that are to see a mutant, up to the first that fails, and ends whatever they have started. */
export async function runTests(
  root: string,
  { tests, only }: Pick<Mutant, 'tests' | 'only'>,
  env: NodeJS.ProcessEnv,
  longestMs = LONGEST_MS,
): Promise<TestRun> {
  const args = ['--import', TSX, TELL_TESTS, ...(only === undefined ? [] : [`--only=${only}`])];
  const child = spawn(process.execPath, [...args, ...tests], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    endGroup(child.pid);
  }, longestMs);
  // A group of its own does not hear Ctrl-C.
  const endAll = () => endGroup(child.pid);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endAll);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-SAID_MOST)));
  const ends: TestEnd[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const end = TestEnd.parse(JSON.parse(line));
      ends.push(end);
      if (end.end === 'failed') return { ends, brokenOff: null, said };
    }
    if (isLate) return { ends, brokenOff: `not over after ${longestMs / 1000} s`, said };
    const code = await exited;
    return { ends, brokenOff: code === 0 ? null : `their runner ended with ${code ?? 'a signal'}`, said };
  } finally {
    clearTimeout(late);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, endAll);
    endAll();
    await exited;
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
