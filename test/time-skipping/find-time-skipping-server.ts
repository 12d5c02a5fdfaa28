import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../temporal/dev-server/find-server.js';
import {
  isThere,
  makeTimeSkippingServer,
  TEST_SERVER_EXECUTABLE,
  TEST_SERVER_VERSION,
} from './make-time-skipping-server.js';

/** Names an executable that takes a port and is then a Temporal server that skips time. No other is tried then. */
export const TEST_SERVER_VARIABLE = 'REIMAGE_TEST_SERVER_PATH';

/** Longest that Maven may take. */
const MADE_WITHIN_MS = 120_000;

/** A Temporal server that skips time, or why there is none here: tests that need one are skipped then. */
export type TimeSkippingServer = { readonly path: string } | { readonly path: null; readonly why: string };

export interface FindTimeSkippingServerOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Hears what is going on, a line at a time. */
  readonly log: (line: string) => void;
}

/**
 * Finds the server that the variable names, or ours in the cache folder; has Maven make ours there, once, where there
 * is none.
 * @throws Error when the variable names no file
 */
export async function findTimeSkippingServer(options: FindTimeSkippingServerOptions): Promise<TimeSkippingServer> {
  const { env = process.env, log } = options;
  const named = env[TEST_SERVER_VARIABLE];
  if (named) {
    if (!(await isThere(named))) throw new Error(`${TEST_SERVER_VARIABLE}=${named} is no file.`);
    return { path: named };
  }
  if (!(await runs('java', ['-version'], env))) return none('java is not on PATH, or does not run');
  const folder = join(cacheFolder(env), `temporal-test-server-${TEST_SERVER_VERSION}`);
  const path = join(folder, TEST_SERVER_EXECUTABLE);
  if (await isThere(path)) return { path };
  if (!(await runs('mvn', ['--version'], env)))
    return none('mvn, which would fetch it, is not on PATH or does not run');
  log(`no time-skipping server in our cache yet: fetching version ${TEST_SERVER_VERSION} with Maven, 37 MB, once`);
  try {
    await makeTimeSkippingServer(folder, { env, log, signal: AbortSignal.timeout(MADE_WITHIN_MS) });
    return { path };
  } catch (error) {
    return none(`Maven: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function none(why: string): TimeSkippingServer {
  return { path: null, why: `no time-skipping Temporal server: ${why}; ${TEST_SERVER_VARIABLE} may name one` };
}

async function runs(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return await promisify(execFile)(program, args, { env, timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}
