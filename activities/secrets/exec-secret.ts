import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SecretError, type SecretReader } from './resolver.js';

const TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/**
 * `exec:COMMAND`: the standard output of a command on the worker, ended after 10 s. There is no shell: the text is
 * split at spaces. What the command writes is never repeated in an error.
 */
export const readExecSecret: SecretReader = async (commandLine) => {
  const [command = '', ...args] = commandLine.trim().split(/\s+/);
  try {
    const { stdout } = await run(command, args, { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024, encoding: 'utf8' });
    return stdout;
  } catch (error) {
    throw new SecretError(`the command of the exec: reference failed (${reasonOf(error)})`);
  }
};

// The error of execFile holds the command's output, which may hold the secret: only code and signal are taken.
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown reason';
  if ('killed' in error && error.killed === true) return `no end after ${TIMEOUT_MS / 1000} s`;
  if (!('code' in error) || error.code === null) return 'ended by a signal';
  return typeof error.code === 'string' ? error.code : `exit code ${Number(error.code)}`;
}
