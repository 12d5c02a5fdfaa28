import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder } from '../temporal/dev-server/find-server.js';
import { runToEnd } from '../temporal/dev-server/guarded-child.js';

const INSTALL_WITHIN_MS = 300_000;

export interface PythonEnvironmentOptions {
  /** Part of its folder's name, for people. */
  readonly name: string;
  /** What pip installs, for example `jdcloud-sdk==1.6.354`. */
  readonly requirements: readonly string[];
  /** Hears what is going on, a line at a time: it may take a minute. */
  readonly log: (line: string) => void;
}

/**
 * Finds a virtual environment of Python in our cache, or makes it: `python3 -m venv`, and packages from PyPI by pip.
 * Several that want the same at the same time each make one, and all use the first that was finished.
 * @returns the path of a program in it, by the program's name
 * @throws Error that says why it cannot be had
 */
export async function findPythonEnvironment(options: PythonEnvironmentOptions): Promise<(program: string) => string> {
  const { name, requirements, log } = options;
  const wanted = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const found = join(cacheFolder(), `${name}-${wanted}`);
  if (!(await isThere(found))) {
    await mkdir(cacheFolder(), { recursive: true });
    const made = await mkdtemp(join(cacheFolder(), `${name}-${wanted}-`));
    try {
      log(`${name}: makes a virtual environment of Python, ${made}`);
      await step('python3 -m venv', 'python3', ['-m', 'venv', made]);
      log(`${name}: installs ${requirements.join(' ')} from PyPI; about a minute`);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile'];
      await step('pip', join(made, 'bin', 'python'), [...pip, ...requirements]);
      await publish(made, found);
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      throw error;
    }
  }
  return (program) => join(found, 'bin', program);
}

/** A link, since the programs of an environment name its folder: it cannot be moved. */
async function publish(made: string, found: string): Promise<void> {
  try {
    await symlink(basename(made), found);
  } catch (error) {
    if (!(await isThere(found))) throw error;
    await rm(made, { recursive: true, force: true });
  }
}

async function step(what: string, command: string, args: string[]): Promise<void> {
  try {
    await runToEnd(command, args, { env: process.env, signal: AbortSignal.timeout(INSTALL_WITHIN_MS) });
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
