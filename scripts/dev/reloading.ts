import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TSX = fileURLToPath(import.meta.resolve('tsx/cli'));

/** Workflows are bundled and not imported, so that nobody would see them change. */
const WATCHED = ['workflows/**/*.ts', 'contracts/**/*.ts'];

const READY_WITHIN_MS = 120_000;

/** What node is given to run a program from its source, and anew whenever what it is made of changes. */
export function reloading(args: readonly string[]): string[] {
  return [TSX, 'watch', '--clear-screen=false', ...WATCHED.flatMap((glob) => ['--include', glob]), ...args];
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
