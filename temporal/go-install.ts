import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { runToEnd } from './run-to-end.js';

const REPORT_EVERY_MS = 15_000;

export interface GoInstallOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Hears every 15 seconds how far it is. */
  readonly log: (line: string) => void;
  /** Ends the build. */
  readonly signal?: AbortSignal;
}

/**
 * Builds a Go program into a directory. Takes minutes on an empty build cache.
 * @param program - package and version: `go.temporal.io/server/cmd/server@v1.29.1`
 * @returns the path of the binary
 * @throws Error with what Go said last, or that it is not installed; the signal's reason when that aborted
 */
export async function goInstall(
  program: string,
  directory: string,
  { env, log, signal }: GoInstallOptions,
): Promise<string> {
  const startedAt = Date.now();
  let last = 'starting';
  let packages = 0;
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    log(`go install: ${seconds} s, ${packages} packages compiled, now ${last}`);
  }, REPORT_EVERY_MS);
  try {
    await runToEnd('go', ['install', '-v', program], {
      env: { ...env, HOME: env['HOME'] ?? homedir(), GOBIN: directory },
      ...(signal && { signal }),
      onLine: (line) => {
        last = line.replace(/^go: /, '');
        if (!line.startsWith('go: ')) packages += 1;
      },
    });
  } finally {
    clearInterval(report);
  }
  const name = basename(program.replace(/@.*$/, ''));
  return join(directory, process.platform === 'win32' ? `${name}.exe` : name);
}
