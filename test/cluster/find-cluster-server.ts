import { execFile } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { cacheFolder } from '../../temporal/dev-server/find-server.js';
import { runToEnd } from '../../temporal/dev-server/guarded-child.js';
import { goInstall } from '../../temporal/dev-server/install-server.js';

/** Of the Temporal server, not of its CLI. Newer ones want a newer Go. */
export const SERVER_VERSION = '1.29.1';
const MODULE = 'go.temporal.io/server';

/** The programs that a cluster is made of. */
export interface ClusterServer {
  /** The server, with a config file for each node. */
  readonly server: string;
  /** Makes and updates databases. */
  readonly sql: string;
  /** Folder of the schema files for PostgreSQL 12 and later: `temporal` and `visibility`, each with `versioned`. */
  readonly schema: string;
}

export interface FindClusterServerOptions {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Finds the server in our cache, or builds it there with Go, which takes minutes, once.
 * @throws Error that says what to install, or what Go said last
 */
export async function findClusterServer(options: FindClusterServerOptions): Promise<ClusterServer> {
  const folder = join(cacheFolder(), `temporal-server-${SERVER_VERSION}`);
  const found = { server: join(folder, 'server'), sql: join(folder, 'sql'), schema: join(folder, 'schema') };
  if (!(await exist(Object.values(found)))) {
    options.log(`no Temporal server ${SERVER_VERSION} in our cache yet`);
    await install(folder, options);
  }
  const version = (await promisify(execFile)(found.server, ['--version'])).stdout.trim();
  options.log(`Temporal ${version}: ${found.server}`);
  return found;
}

/** In a folder of its own, which is then renamed: nobody ever sees half of it. */
async function install(target: string, { log, signal }: FindClusterServerOptions): Promise<void> {
  const env = process.env;
  await promisify(execFile)('go', ['version']).catch((error: unknown) => {
    throw new Error(
      'Go is not here. Install Go 1.25 or newer (go.dev/dl): the Temporal server is built with it, once.',
      {
        cause: error,
      },
    );
  });
  await mkdir(cacheFolder(env), { recursive: true });
  const directory = await mkdtemp(join(cacheFolder(env), '.installing-'));
  try {
    log('building server and sql tool with go install: 4 to 10 minutes on two cores, once');
    for (const name of ['tools/sql', 'server'])
      await goInstall(`${MODULE}/cmd/${name}@v${SERVER_VERSION}`, directory, { env, log, signal });
    await cp(join(await sourceFolder(signal), 'schema', 'postgresql', 'v12'), join(directory, 'schema'), {
      recursive: true,
    });
    await rm(target, { recursive: true, force: true });
    await rename(directory, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Where Go has unpacked the module that it has just built. */
async function sourceFolder(signal: AbortSignal): Promise<string> {
  const args = ['mod', 'download', '-json', `${MODULE}@v${SERVER_VERSION}`];
  const answer: unknown = JSON.parse(await runToEnd('go', args, { env: process.env, signal }));
  return z.object({ Dir: z.string() }).parse(answer).Dir;
}

async function exist(paths: readonly string[]): Promise<boolean> {
  const looks = await Promise.all(paths.map((path) => access(path).then(...([() => true, () => false] as const))));
  return looks.every(Boolean);
}
