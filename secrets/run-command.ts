import { type ChildProcess, spawn } from 'node:child_process';
import { NotUtf8Error, utf8Text } from '../contracts/utf8-text.js';
import { codeOf, SecretError } from './bounded-files.js';

/** Longest that a command may take. Well under the 20 s that the checks before the rebuild call hold. */
const TIMEOUT_MS = 10_000;
const LARGEST_OUTPUT_BYTES = 64 * 1024;

export interface Command {
  /** Command and arguments, as {@link wordsOf} splits them. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it gets on its standard input. Absent: it has none, and what it writes is wanted. */
  readonly input?: string;
  /** How errors call it. */
  readonly name: string;
  readonly timeoutMs?: number;
}

/** There is no shell: the text is split at white space, and nothing in it is quoted or expanded. */
export function wordsOf(commandLine: string): string[] {
  return commandLine.trim().split(/\s+/);
}

/**
 * Runs a command to its end; after 10 s it is killed with all that it started. One that is given a secret does not
 * outlive this process either: what it stored late could take the place of what a next attempt has stored by then.
 * @returns what it wrote to its standard output; empty where it was given an input
 * @throws SecretError unless it ends with exit code 0. What the command writes is never repeated: it may hold a secret
 */
export async function runCommand(options: Command): Promise<string> {
  const { name, timeoutMs = TIMEOUT_MS } = options;
  const fail = (reason: string) => new SecretError(`${name} failed (${reason})`);
  return await new Promise((resolve, reject) => {
    const child = begin(options, fail);
    const dismiss = options.input === undefined ? () => undefined : watch(child);
    const giveUp = (reason: string) => {
      clearTimeout(timer);
      dismiss();
      killAll(child);
      reject(fail(reason));
    };
    const timer = setTimeout(() => giveUp(`no end after ${timeoutMs / 1000} s`), timeoutMs);
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_OUTPUT_BYTES) return giveUp('it writes more than 64 KiB');
      chunks.push(chunk);
    });
    // A command that ends without reading breaks the pipe: it has not got what it was given.
    child.stdin?.on('error', () => giveUp('it did not read its input'));
    child.stdin?.end(options.input);
    child.once('error', (error) => giveUp(codeOf(error)));
    child.once('close', (code) => {
      clearTimeout(timer);
      dismiss();
      if (code !== 0) return reject(fail(code === null ? 'ended by a signal' : `exit code ${code}`));
      try {
        resolve(utf8Text(Buffer.concat(chunks)));
      } catch (error) {
        reject(error instanceof NotUtf8Error ? fail(`what it writes ${error.message}`) : error);
      }
    });
  });
}

function begin({ words: [command = '', ...args], env, input }: Command, fail: (reason: string) => Error): ChildProcess {
  try {
    return spawn(command, args, {
      env,
      stdio: input === undefined ? ['ignore', 'pipe', 'ignore'] : ['pipe', 'ignore', 'ignore'],
      // A process group of its own, so that it can be ended with all that it started.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  } catch (error) {
    throw fail(codeOf(error));
  }
}

/**
 * Has the command killed when this process ends without having seen its end, by `kill -9` too: a shell waits at the other
 * end of a pipe of ours. To be started before the command is given its input. Not on Windows.
 * @returns dismisses the shell, once there is nothing to kill
 */
function watch({ pid }: ChildProcess): () => void {
  if (process.platform === 'win32' || pid === undefined) return () => undefined;
  const watchdog = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -9 "-$1" 2>/dev/null', 'watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell there is no watchdog; the command is run all the same.
  watchdog.on('error', () => undefined);
  return () => void watchdog.kill('SIGKILL');
}

function killAll(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stdin?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
