import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** A PostgreSQL that runs on this machine. */
export interface FoundPostgres {
  /** Folder of `initdb` and `postgres`. */
  readonly folder: string;
  /** What `postgres --version` says, for example `15.14`. */
  readonly version: string;
}

/** Names the folder of `initdb` and `postgres`, and is then the only one that is tried. */
export const POSTGRES_VARIABLE = 'REIMAGE_TEST_PG_BIN';

/** Where Debian and its kind keep the servers, apart from PATH. */
const DEBIAN = '/usr/lib/postgresql';

/**
 * Finds the programs of a PostgreSQL server: the variable, `pg_config`, PATH, Debian's folder, newest version first.
 * @throws Error that says what to install
 */
export async function findPostgres(env: NodeJS.ProcessEnv = process.env): Promise<FoundPostgres> {
  const named = env[POSTGRES_VARIABLE];
  for (const folder of named ? [named] : await candidates(env)) {
    const version = await versionIn(folder);
    if (version !== null) return { folder, version };
  }
  throw new Error(
    named
      ? `${POSTGRES_VARIABLE}=${named} holds no initdb and postgres that run here.`
      : `No PostgreSQL is here: neither pg_config, nor PATH, nor ${DEBIAN} leads to initdb and postgres. ` +
          `Install it (Debian: apt-get install postgresql), or name the folder of the two in ${POSTGRES_VARIABLE}.`,
  );
}

async function candidates(env: NodeJS.ProcessEnv): Promise<string[]> {
  const configured = await output('pg_config', ['--bindir']);
  const onPath = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const versions = await readdir(DEBIAN).catch(() => []);
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  return [
    ...(configured === null ? [] : [configured.trim()]),
    ...onPath,
    ...newestFirst.map((version) => join(DEBIAN, version, 'bin')),
  ];
}

async function versionIn(folder: string): Promise<string | null> {
  const [server, initdb] = await Promise.all(
    ['postgres', 'initdb'].map((name) => output(join(folder, name), ['--version'])),
  );
  if (initdb == null || server == null) return null;
  return /\(PostgreSQL\) (\S+)/.exec(server)?.[1] ?? null;
}

/** What a program writes to stdout; null when it is not there or fails. */
async function output(program: string, args: readonly string[]): Promise<string | null> {
  try {
    return (await promisify(execFile)(program, args, { timeout: 10_000 })).stdout;
  } catch {
    return null;
  }
}
