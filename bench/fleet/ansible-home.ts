import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPythonEnvironment } from '../../scripts/python-environment.js';
import { log } from '../log.js';

/** Where the playbook and what goes with it are. */
export const PLAYBOOKS = fileURLToPath(new URL('../ansible/', import.meta.url));

/** A virtual environment that holds ansible-core. */
export interface AnsibleHome {
  readonly python: string;
  readonly ansiblePlaybook: string;
  readonly version: string;
}

/**
 * Finds our virtual environment with ansible-core in the cache, or makes it.
 * @throws Error that says why it cannot be had
 */
export async function findAnsible(): Promise<AnsibleHome> {
  const wanted = await readFile(join(PLAYBOOKS, 'requirements.txt'), 'utf8');
  const requirements = wanted.trim().split('\n');
  const program = await findPythonEnvironment({ name: 'ansible', requirements, log });
  const { stdout } = await promisify(execFile)(program('ansible-playbook'), ['--version']);
  const version = /\[core ([^\]]+)\]/.exec(stdout)?.[1] ?? 'unknown';
  return { python: program('python'), ansiblePlaybook: program('ansible-playbook'), version };
}
