import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { installServer, TEMPORAL_CLI_VERSION } from './install-server.js';

/** A Temporal CLI that runs on this machine, and where it came from. */
export interface FoundServer {
  readonly path: string;
  readonly how: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'go install';
  /** What `temporal --version` says. */
  readonly version: string;
}

export interface FindServerOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Hears what is going on, a line at a time: getting a server may take minutes. */
  readonly log: (line: string) => void;
  /** Ends a download or a build. */
  readonly signal?: AbortSignal;
}

const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Where we keep what we got ourselves: `REIMAGE_CACHE_DIR`, else a folder in the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['REIMAGE_CACHE_DIR'] || join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'reimage');
}

/** The place of our Temporal CLI in the cache. */
export function cachedServerPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), `temporal-cli-${TEMPORAL_CLI_VERSION}`, EXECUTABLE);
}

/**
 * Finds a Temporal CLI, whose `server start-dev` is a whole server; gets one where there is none.
 *
 * The order: `TEMPORAL_CLI_PATH`, `temporal` on PATH, our cache, the SDK's download, `go install`.
 * @throws Error when TEMPORAL_CLI_PATH names what does not run, or when no way works: it then says what each way said
 */
export async function findServer(options: FindServerOptions): Promise<FoundServer> {
  const { env = process.env, log, signal } = options;
  const installed = await findInstalled(env);
  if (installed !== null) return installed;

  log('no Temporal server here yet: neither TEMPORAL_CLI_PATH, nor temporal on PATH, nor one in our cache');
  const path = cachedServerPath(env);
  try {
    const how = await installServer(path, { env, log, ...(signal && { signal }) });
    const version = await versionOf(path);
    if (version === null) throw new Error(`${how}: ${path} does not run`);
    return { path, how, version };
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(
      'No Temporal server could be found or got. Install the Temporal CLI (docs.temporal.io/cli) or Go 1.25 or newer, ' +
        `or name the CLI in TEMPORAL_CLI_PATH. Tried ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function findInstalled(env: NodeJS.ProcessEnv): Promise<FoundServer | null> {
  const explicit = env['TEMPORAL_CLI_PATH'];
  if (explicit) {
    const version = await versionOf(explicit);
    if (version === null) throw new Error(`TEMPORAL_CLI_PATH=${explicit} is not a Temporal CLI that runs here.`);
    return { path: explicit, how: 'TEMPORAL_CLI_PATH', version };
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...folders.map((folder) => ({ path: join(folder, EXECUTABLE), how: 'PATH' as const })),
    { path: cachedServerPath(env), how: 'cache' as const },
  ];
  for (const candidate of candidates) {
    const version = await versionOf(candidate.path);
    if (version !== null) return { ...candidate, version };
  }
  return null;
}

/** What `temporal --version` says; null when the file is absent, does not run, or is another program of that name. */
async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 20_000 });
    return /^temporal version (.+)$/m.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
