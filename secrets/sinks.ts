import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { VmRef } from '../contracts/ids.js';
import { FileError } from '../contracts/utf8-text.js';
import { boundedFileWork, codeOf, SecretError } from './bounded-files.js';
import { runCommand, wordsOf } from './run-command.js';
import { fillPlaceholders, type SecretContext } from './schemes.js';

const OWNER_ONLY = 0o600;
const READABLE_BY_OTHERS = 0o004;

/**
 * `generate:file:PATH`: the secret becomes a file that its owner alone may read. It is on the disk before it has its
 * name, so that PATH never holds half of it. What PATH held before the rebuild of a VM stays as `PATH.before-VM-ID`, and is never
 * deleted: a VM whose rebuild is refused, or that is put back from its backup, has its old password.
 */
export const fileSink: SecretSink = createFileSink(fs);

/** What the sink does with files. */
export type SinkFiles = Pick<typeof fs, 'access' | 'link' | 'lstat' | 'open' | 'rename' | 'rm' | 'stat'>;

/** The sink over these files; see {@link fileSink}. */
export function createFileSink(files: SinkFiles): SecretSink {
  const check = async (target: string, context: SinkContext) => {
    const path = pathOf(target, context);
    await bounded('cannot be looked at', context, async () => {
      await refuseForeign(files, path, context);
      await refuseDirectory(files, dirname(path), context);
    });
  };
  return {
    check,
    take: async (secret, target, context) => {
      await check(target, context);
      const path = pathOf(target, context);
      await bounded('cannot be written', context, (signal) => store(files, { path, secret, signal }, context));
    },
  };
}

interface Storing {
  readonly path: string;
  readonly secret: string;
  /** Aborted when it is too late for the secret to be stored: another may have been by then. */
  readonly signal: AbortSignal;
}

async function store(files: SinkFiles, { path, secret, signal }: Storing, context: SinkContext): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.reimage-${randomUUID()}`);
  try {
    await writeToDisk(files, temporary, secret);
    signal.throwIfAborted();
    await keepFormer(files, path, context);
    signal.throwIfAborted();
    await files.rename(temporary, path);
    await flushDirectory(files, directory);
  } finally {
    await files.rm(temporary, { force: true });
  }
}

/** Does something with files within a time, and tells what goes wrong. */
async function bounded(
  what: string,
  context: SinkContext,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await boundedFileWork(work);
  } catch (error) {
    throw wrapped(what, error, context);
  }
}

function pathOf(target: string, context: SinkContext): string {
  const path = fillPlaceholders(target, context.vm);
  if (!isAbsolute(path)) throw new SecretError(said('must be an absolute path', context));
  // A placeholder that we do not know would have all VMs share a file.
  if (/[{}]/.test(path))
    throw new SecretError(said('may hold {instanceId} and {regionId}, and no other braces', context));
  return path;
}

/** Overwritten is only what can be a secret of ours: never the target of a link, another's file, or one that all may read. */
async function refuseForeign(files: SinkFiles, path: string, context: SinkContext): Promise<void> {
  const there = await files.lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw wrapped('cannot be looked at', error, context);
  });
  if (there === null) return;
  const isOurs = process.geteuid === undefined || there.uid === process.geteuid();
  if (!there.isFile()) throw new SecretError(said('is taken by something that is not a regular file', context));
  if (!isOurs) throw new SecretError(said("is taken by another user's file", context));
  if ((there.mode & READABLE_BY_OTHERS) !== 0)
    throw new SecretError(said('is taken by a file that everybody may read', context));
}

async function refuseDirectory(files: SinkFiles, directory: string, context: SinkContext): Promise<void> {
  try {
    if (!(await files.stat(directory)).isDirectory()) throw new SecretError(said('lies in no directory', context));
    await files.access(directory, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw wrapped('lies in a directory that cannot be written to', error, context);
  }
}

async function writeToDisk(files: SinkFiles, path: string, secret: string): Promise<void> {
  const file = await files.open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(secret);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Gives what is there another name, once for each rebuild: its later attempts overwrite only what an earlier one wrote. The
 * name holds the VM: two of them may share an id, such as a caller's own, and a path.
 */
async function keepFormer(
  files: SinkFiles,
  path: string,
  { vm, rebuildId = randomUUID() }: SinkContext,
): Promise<void> {
  const id = createHash('sha256').update(rebuildId).digest('hex').slice(0, 8);
  try {
    await files.link(path, `${path}.before-${vm.instanceId}-${id}`);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** A name is on the disk once its directory is. */
async function flushDirectory(files: SinkFiles, path: string): Promise<void> {
  const directory = await files.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function said(what: string, { where }: SinkContext): string {
  return `the path of the generate:file: reference ${what} (${where})`;
}

function wrapped(what: string, error: unknown, context: SinkContext): SecretError {
  if (error instanceof SecretError) return error;
  if (error instanceof FileError) return new SecretError(said(error.message, context));
  return new SecretError(said(`${what}: ${codeOf(error)}`, context));
}

/**
 * `generate:exec:COMMAND`: a command gets the secret on its standard input, without a line break, and the VM in
 * `REIMAGE_SINK_REGION` and `REIMAGE_SINK_INSTANCE`. It has 10 s; exit code 0 says that it has taken the secret.
 */
export const execSink: SecretSink = {
  check: async (commandLine, { env, where }) => {
    const [command = ''] = wordsOf(commandLine);
    if (!(await canBeRun(command, env).catch(() => false)))
      throw new SecretError(`the command of the generate:exec: reference is not there, or may not be run, ${where}`);
  },

  take: async (secret, commandLine, { env, where, vm }) => {
    const [command = '', ...args] = wordsOf(commandLine);
    await runCommand({
      words: [command, ...args.map((argument) => fillPlaceholders(argument, vm))],
      env: { ...env, REIMAGE_SINK_REGION: vm.regionId, REIMAGE_SINK_INSTANCE: vm.instanceId },
      input: secret,
      name: `the command of the generate:exec: reference, run ${where},`,
    });
  },
};

async function canBeRun(command: string, env: SinkContext['env']): Promise<boolean> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = command.includes('/') ? [command] : folders.map((folder) => join(folder, command));
  return await boundedFileWork(async (signal) => {
    // One after the other: PATH may name many folders, and few files may be looked at at a time.
    for (const path of paths) {
      signal.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop
      if (await isExecutable(path)) return true;
    }
    return false;
  });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

export interface SinkContext extends SecretContext {
  readonly vm: VmRef;
}

/** Who takes a secret that was generated. Errors are `SecretError`s, whose messages hold neither the secret nor the target. */
export interface SecretSink {
  /** Finds out whether it could take one. Changes nothing. */
  readonly check: (target: string, context: SinkContext) => Promise<void>;
  /** Takes the secret. Once it resolves, the secret is safe: it is about to be used. */
  readonly take: (secret: string, target: string, context: SinkContext) => Promise<void>;
}
