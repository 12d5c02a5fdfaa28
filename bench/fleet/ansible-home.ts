import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { cacheFolder } from '../../temporal/find-server.js';
import { log } from '../log.js';

/** Where the playbook and what goes with it are. */
export const PLAYBOOKS = fileURLToPath(new URL('../ansible/', import.meta.url));

const INSTALL_WITHIN_MS = 300_000;

const run = promisify(execFile);

/** What `execFile` rejects with; one that could not be started has said nothing. */
const Ended = z.looseObject({ message: z.string(), stderr: z.string().default('') });

/** A virtual environment that holds ansible-core. */
export interface AnsibleHome {
  readonly python: string;
  readonly ansiblePlaybook: string;
  readonly version: string;
}

/**
 * Finds our virtual environment in the cache, or makes it: `python3 -m venv`, and ansible-core from PyPI by pip.
 * @throws Error that says why it cannot be had
 */
export async function findAnsible(): Promise<AnsibleHome> {
  const requirements = join(PLAYBOOKS, 'requirements.txt');
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const folder = join(cacheFolder(), `ansible-${wanted.slice(0, 12)}`);
  const bin = (name: string) => join(folder, 'bin', name);
  const whole = join(folder, 'whole');
  if (!(await isThere(whole))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    log(`Ansible: makes a virtual environment, ${folder}`);
    await step('python3 -m venv', 'python3', ['-m', 'venv', folder]);
    log(`Ansible: installs ${(await readFile(requirements, 'utf8')).trim()} from PyPI; about a minute`);
    await step('pip', bin('python'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
    await writeFile(whole, '');
  }
  const stdout = await step('ansible-playbook --version', bin('ansible-playbook'), ['--version']);
  const version = /\[core ([^\]]+)\]/.exec(stdout)?.[1] ?? 'unknown';
  return { python: bin('python'), ansiblePlaybook: bin('ansible-playbook'), version };
}

async function step(what: string, command: string, args: string[]): Promise<string> {
  try {
    return (await run(command, args, { timeout: INSTALL_WITHIN_MS })).stdout;
  } catch (error) {
    const { stderr, message } = Ended.parse(error);
    const last = stderr.trim().split('\n').at(-1) || message;
    throw new Error(`${what}: ${last}`, { cause: error });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
