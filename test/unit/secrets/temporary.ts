import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A directory that is gone after the test. */
export async function directoryFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-secret-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

/** A file of this mode, whatever the umask. @returns its path */
export async function fileIn(directory: string, name: string, text: string, mode: number): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

/** Makes a FIFO that nobody writes to. */
export function fifo(path: string): string {
  execFileSync('/bin/sh', ['-c', 'mkfifo -m 600 "$1"', 'sh', path]);
  return path;
}

/** A program in JavaScript, so that it runs wherever the tests do. @returns its path */
export function programIn(directory: string, name: string, code: string): Promise<string> {
  return fileIn(directory, name, `#!${process.execPath}\n${code}\n`, 0o755);
}
