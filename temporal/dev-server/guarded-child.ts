import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A child process that cannot outlive this one, however this one ends. */
export interface GuardedChild {
  readonly pid: number;
  /** The exit code, or the name of the signal that ended it; null while it runs. */
  readonly exit: () => number | NodeJS.Signals | null;
  /** Waits for its end, and keeps this process alive until then. */
  readonly exited: () => Promise<number | NodeJS.Signals>;
  /** Sends SIGTERM, and SIGKILL when the child is still there `graceMs` later. Resolves once it is gone. */
  readonly stop: (graceMs?: number) => Promise<void>;
  /** Sends SIGKILL. Resolves once it is gone. */
  readonly kill: () => Promise<void>;
}

export interface GuardedChildOptions {
  /** Takes what the child writes to stdout and stderr; appended to. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** User and group that it runs as; needs root. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/**
 * Starts a child in a process group of its own, so that Ctrl-C reaches us alone and we choose the
 * order in which things stop.
 *
 * A watchdog holds the other end of a pipe of ours: when we end without having stopped the child,
 * by a crash or by SIGKILL too, the pipe closes and the watchdog kills it. (On Windows only a
 * normal exit does.) Neither of the two keeps this process alive by itself.
 * @throws Error when the command cannot be started
 */
export async function startGuardedChild(
  command: string,
  args: readonly string[],
  { logFile, env = process.env, cwd, as }: GuardedChildOptions,
): Promise<GuardedChild> {
  const log = openSync(logFile, 'a');
  const stdio = ['ignore', log, log] as const;
  const child = spawn(command, args, { stdio: [...stdio], detached: true, env, ...(cwd && { cwd }), ...as });
  closeSync(log);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 1));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  child.on('error', () => undefined);
  const dismiss = watch(pid);
  void exited.then(dismiss);
  child.unref();
  return {
    pid,
    exit: () => child.signalCode ?? child.exitCode,
    exited: () => {
      child.ref();
      return exited;
    },
    stop: (graceMs = 10_000) => end(child, exited, 'SIGTERM', graceMs),
    kill: () => end(child, exited, 'SIGKILL', 0),
  };
}

async function end(
  child: ChildProcess,
  exited: Promise<unknown>,
  signal: 'SIGTERM' | 'SIGKILL',
  graceMs: number,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  child.kill(signal);
  const force = signal === 'SIGTERM' ? setTimeout(() => child.kill('SIGKILL'), graceMs) : undefined;
  await exited;
  clearTimeout(force);
}

/** Starts the watchdog; returns how to dismiss it once the child is gone, before its pid can be used again. */
function watch(pid: number): () => void {
  if (process.platform === 'win32') {
    const kill = () => process.kill(pid);
    process.once('exit', kill);
    return () => process.removeListener('exit', kill);
  }
  const watchdog = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -9 "$1" 2>/dev/null', 'watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  if ('unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref();
  return () => watchdog.kill('SIGKILL');
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface RunToEndOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Hears each line of its stderr. */
  readonly onLine?: (line: string) => void;
  /** User and group that it runs as; needs root. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/**
 * Runs a command to its end and gives what it wrote to stdout.
 * @throws Error with the last line that it wrote to stderr; the signal's reason when that aborted
 */
export async function runToEnd(command: string, args: readonly string[], options: RunToEndOptions): Promise<string> {
  const { env, signal, onLine, as } = options;
  let output = '';
  let last = '';
  const child = spawn(command, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
    ...as,
    killSignal: 'SIGKILL',
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
      last = line.trim();
      onLine?.(last);
    }
  });
  return await new Promise<string>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason instanceof Error ? signal.reason : error);
      else reject(error.code === 'ENOENT' ? new Error(`${command} is not installed`) : error);
    });
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(last || `${command} ended with ${code}`)),
    );
  });
}
