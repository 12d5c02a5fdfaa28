import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startGuardedChild } from '../../temporal/dev-server/guarded-child.js';

const TSX = fileURLToPath(import.meta.resolve('tsx/cli'));

/** Workflows are bundled and not imported, so that nobody would see them change. */
const WATCHED = ['workflows/**/*.ts', 'contracts/**/*.ts'];

const STOP_WITHIN_MS = 10_000;
const READY_WITHIN_MS = 120_000;

export interface ReloadingOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes the log, `NAME.log`. */
  readonly directory: string;
  readonly defer: (stop: () => Promise<void>) => void;
}

/** Starts a program from its source, and anew whenever what it is made of changes. It does not outlive this process. */
export async function startReloading(name: string, args: readonly string[], options: ReloadingOptions): Promise<void> {
  const { cwd, env, directory, defer } = options;
  const watching = WATCHED.flatMap((glob) => ['--include', glob]);
  const child = await startGuardedChild(
    process.execPath,
    [TSX, 'watch', '--clear-screen=false', ...watching, ...args],
    {
      cwd,
      env,
      logFile: join(directory, `${name}.log`),
    },
  );
  defer(() => child.stop(STOP_WITHIN_MS));
}

/** Waits until a URL is answered with success. @throws Error that names it after two minutes · the signal's reason */
export async function untilAnswers(url: string, name: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
    if (answer?.ok === true) return;
    if (Date.now() > deadline) throw new Error(`${name} does not get ready: see its log.`);
    await delay(100, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
