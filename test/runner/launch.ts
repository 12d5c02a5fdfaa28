import { spawn, type StdioOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUN_FILES = fileURLToPath(new URL('run-files.ts', import.meta.url));

export interface TestRun {
  readonly files: readonly string[];
  readonly filesAtATime: number;
  /** For a whole file. */
  readonly fileTimeoutMs: number;
  /** For all of them: whatever still runs then is ended, and the run has failed. */
  readonly deadlineMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** @default those of this process */
  readonly stdio?: StdioOptions;
}

/**
 * Runs test files in a process group of their own, and ends whatever is left of it afterwards: neither a file
 * that hangs nor a process that a test has left behind outlives the run.
 * @returns its exit code: 0 when every test passed
 */
export async function launchTests(run: TestRun): Promise<number> {
  const child = spawn(process.execPath, argumentsOf(run), {
    stdio: run.stdio ?? 'inherit',
    env: run.env,
    detached: true,
  });
  const endAll = () => killGroup(child.pid);
  const late = setTimeout(() => {
    console.error(`test: not done after ${run.deadlineMs / 60_000} minutes: ended`);
    endAll();
  }, run.deadlineMs);
  // A group of its own does not hear Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endAll);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    clearTimeout(late);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, endAll);
    endAll();
  }
}

function argumentsOf({ files, filesAtATime, fileTimeoutMs }: TestRun): string[] {
  return ['--import', 'tsx', RUN_FILES, `--concurrency=${filesAtATime}`, `--timeout=${fileTimeoutMs}`, ...files];
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
