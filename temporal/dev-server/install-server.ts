import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { runToEnd } from './guarded-child.js';

/** The Temporal CLI that we get when none is found: the newest one that `go install` can build (1.6 and later have a `replace` in go.mod). */
export const TEMPORAL_CLI_VERSION = '1.5.1';

const STALLED_AFTER_MS = 15_000;

/** One way of getting the binary: leaves an executable in `directory` and returns its path. */
type Installer = (directory: string, options: InstallOptions) => Promise<string>;

export interface InstallOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Gets the Temporal CLI into `target`, first by the SDK's own download, then by `go install`.
 *
 * Each way works in a folder of its own beside the target and ends with a rename, so that two
 * processes that install at once never see half a file.
 * @throws Error with what each way said, when none works
 */
export async function installServer(target: string, options: InstallOptions): Promise<'download' | 'go install'> {
  const ways = [
    ['download', download],
    ['go install', goInstallCli],
  ] as const;
  const failures: string[] = [];
  for (const [how, installer] of ways) {
    try {
      await installInto(target, installer, options);
      return how;
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = `${how}: ${error instanceof Error ? error.message : String(error)}`;
      options.log(`${reason}`);
      failures.push(reason);
    }
  }
  throw new Error(failures.join('; '));
}

async function installInto(target: string, installer: Installer, options: InstallOptions): Promise<void> {
  const cache = dirname(dirname(target));
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, '.installing-'));
  try {
    const binary = await installer(directory, options);
    await chmod(binary, 0o755);
    await mkdir(dirname(target), { recursive: true });
    await rename(binary, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The SDK's download, in a process of its own: its native client has no connect timeout, so a
 * network that swallows packets is told by a file that does not grow.
 */
async function download(directory: string, { env, log, signal }: InstallOptions): Promise<string> {
  log(`downloading Temporal CLI ${TEMPORAL_CLI_VERSION} by the SDK`);
  const script = `
    import { TestWorkflowEnvironment } from '@temporalio/testing';
    const executable = { type: 'cached-download', version: 'v${TEMPORAL_CLI_VERSION}', downloadDir: process.argv[1] };
    try {
      await (await TestWorkflowEnvironment.createLocal({ server: { executable } })).teardown();
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }`;
  const stalled = new AbortController();
  let size = 0;
  let grewAt = Date.now();
  const watch = setInterval(() => {
    void sizeOf(directory).then((now) => {
      if (now > size) grewAt = Date.now();
      else if (Date.now() - grewAt > STALLED_AFTER_MS) stalled.abort(new Error('no answer'));
      size = now;
    });
  }, 1000);
  try {
    await runToEnd(process.execPath, ['--input-type=module', '-e', script, directory], {
      env,
      signal: AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]),
    });
  } finally {
    clearInterval(watch);
  }
  const file = (await readdir(directory)).find((name) => name.startsWith('temporal'));
  if (file === undefined) throw new Error('the SDK left no file');
  return join(directory, file);
}

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function goInstallCli(directory: string, options: InstallOptions): Promise<string> {
  options.log(`building Temporal CLI ${TEMPORAL_CLI_VERSION} with go install: about 3 minutes, once`);
  return await goInstall(`github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_CLI_VERSION}`, directory, options);
}

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
