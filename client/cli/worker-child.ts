import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../temporal/free-port.js';
import { startGuardedChild, type GuardedChild } from '../../temporal/guarded-child.js';

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;

export interface WorkerChildOptions {
  /** What node is given: the program and its arguments. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes the worker's log lines. */
  readonly logFile: string;
  /** Hears of the child at once, so that it is stopped even when it never gets ready. */
  readonly onStarted: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts a worker as a process of its own, which does not outlive this one, and resolves when it takes work.
 * @throws Error with the end of its log, when it ends before that or takes two minutes; the signal's reason when it aborts
 */
export async function startWorkerChild(options: WorkerChildOptions): Promise<{ pid: number; metricsUrl: string }> {
  const { args, cwd, env, logFile, onStarted } = options;
  const port = await freePort();
  const worker = await startGuardedChild(process.execPath, args, {
    logFile,
    ...(cwd !== undefined && { cwd }),
    env: { ...env, REIMAGE_METRICS_PORT: String(port), REIMAGE_SHUTDOWN_GRACE_SECONDS: '5' },
  });
  onStarted(() => worker.stop(STOP_WITHIN_MS));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(worker, `${url}/readyz`, options);
  return { pid: worker.pid, metricsUrl: `${url}/metrics` };
}

async function untilReady(worker: GuardedChild, url: string, { logFile, signal }: WorkerChildOptions): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (worker.exit() !== null) throw new Error(`The worker ended with ${worker.exit()}.\n${await endOf(logFile)}`);
    if (Date.now() > deadline) throw new Error(`The worker does not get ready.\n${await endOf(logFile)}`);
    await delay(100, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
}

async function endOf(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
}
