import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type GuardedChild, runToEnd, startGuardedChild } from '../../temporal/dev-server/guarded-child.js';
import type { FoundPostgres } from './find-postgres.js';

/** A PostgreSQL of our own on the loopback interface. */
export interface RunningPostgres {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface PostgresOptions {
  readonly found: FoundPostgres;
  /** An empty folder that others may pass through; its data go below it. */
  readonly directory: string;
  readonly port: number;
  /** Registers what stops it, as soon as it is there. */
  readonly defer: (stop: () => Promise<void>) => void;
  readonly signal: AbortSignal;
}

const USER = 'temporal';
const READY_WITHIN_MS = 30_000;

/** Each of a node's four services keeps pools of its own: two nodes want more than the 100 that are PostgreSQL's default. */
const MAX_CONNECTIONS = 300;

/** Users that PostgreSQL may run as when we are root, which it refuses. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * Makes a database cluster and starts a server on it.
 * @throws Error with the end of what it wrote, when it does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { found, directory, port, defer, signal } = options;
  const as = await unprivileged();
  const [home, data] = [join(directory, 'postgres'), join(directory, 'postgres', 'data')];
  const [passwordFile, logFile] = [join(home, 'password'), join(directory, 'postgres.log')];
  const password = randomBytes(16).toString('hex');
  await mkdir(home, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (as !== undefined) for (const path of [home, passwordFile]) await chown(path, as.uid, as.gid);

  const run = { env: { ...process.env, LC_ALL: 'C' }, ...(as && { as }) };
  const form = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  const args = [`--pgdata=${data}`, `--username=${USER}`, `--pwfile=${passwordFile}`, ...form];
  await runToEnd(join(found.folder, 'initdb'), args, { ...run, signal });
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `max_connections=${MAX_CONNECTIONS}`];
  const flags = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const server = await startGuardedChild(join(found.folder, 'postgres'), flags, { ...run, logFile, cwd: home });
  // By SIGTERM it would wait for its clients first; they are gone by then.
  defer(() => server.stop());
  await untilReady(server, logFile, signal);
  return { port, user: USER, password };
}

async function untilReady(server: GuardedChild, logFile: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const log = await readFile(logFile, 'utf8');
    if (log.includes('database system is ready to accept connections')) return;
    if (server.exit() !== null || Date.now() > deadline)
      throw new Error(`PostgreSQL does not come up:\n${log.slice(-2000)}`);
    await delay(50, undefined, { signal });
  }
}

/** Somebody else to run as; undefined when we are not root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const ask = async (flag: '-u' | '-g', name: string) => Number((await promisify(execFile)('id', [flag, name])).stdout);
  for (const name of UNPRIVILEGED) {
    try {
      return { uid: await ask('-u', name), gid: await ask('-g', name) };
    } catch {
      continue;
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is neither a user ${UNPRIVILEGED.join(' nor ')} to run it as.`,
  );
}
