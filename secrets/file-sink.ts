import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { boundedFileWork, FileError } from './bounded-files.js';
import { fillPlaceholders } from './placeholders.js';
import { codeOf, SecretError } from './secret-error.js';
import type { SecretSink, SinkContext } from './sink.js';

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
