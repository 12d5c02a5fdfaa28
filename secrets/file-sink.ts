import { createHash, randomUUID } from 'node:crypto';
import { access, constants, link, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { fillPlaceholders } from './placeholders.js';
import { codeOf, SecretError } from './secret-error.js';
import type { SecretSink, SinkContext } from './sink.js';

const OWNER_ONLY = 0o600;
const READABLE_BY_OTHERS = 0o004;

/**
 * `generate:file:PATH`: the secret becomes a file that its owner alone may read. It is on the disk before it has its
 * name, so that PATH never holds half of it. What PATH held before the rebuild stays as `PATH.before-ID`, and is never
 * deleted: a VM whose rebuild is refused, or that is put back from its backup, has its old password.
 */
export const fileSink: SecretSink = {
  check: async (target, context) => {
    const path = pathOf(target, context);
    await refuseForeign(path, context);
    const directory = dirname(path);
    try {
      if (!(await stat(directory)).isDirectory()) throw new SecretError(said('lies in no directory', context));
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw wrapped('lies in a directory that cannot be written to', error, context);
    }
  },

  take: async (secret, target, context) => {
    await fileSink.check(target, context);
    const path = pathOf(target, context);
    const temporary = join(dirname(path), `.reimage-${randomUUID()}`);
    try {
      await writeToDisk(temporary, secret);
      await keepFormer(path, context.rebuildId ?? randomUUID());
      await rename(temporary, path);
      await flushDirectory(dirname(path));
    } catch (error) {
      throw wrapped('cannot be written', error, context);
    } finally {
      await rm(temporary, { force: true });
    }
  },
};

function pathOf(target: string, context: SinkContext): string {
  const path = fillPlaceholders(target, context.vm);
  if (!isAbsolute(path)) throw new SecretError(said('must be an absolute path', context));
  // A placeholder that we do not know would have all VMs share a file.
  if (/[{}]/.test(path))
    throw new SecretError(said('may hold {instanceId} and {regionId}, and no other braces', context));
  return path;
}

/** Overwritten is only what can be a secret of ours: never the target of a link, another's file, or one that all may read. */
async function refuseForeign(path: string, context: SinkContext): Promise<void> {
  const there = await lstat(path).catch((error: unknown) => {
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

async function writeToDisk(path: string, secret: string): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(secret);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives what is there another name, once for each rebuild: its later attempts overwrite only what an earlier one wrote. */
async function keepFormer(path: string, rebuildId: string): Promise<void> {
  const id = createHash('sha256').update(rebuildId).digest('hex').slice(0, 8);
  try {
    await link(path, `${path}.before-${id}`);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** A name is on the disk once its directory is. */
async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
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
  return error instanceof SecretError ? error : new SecretError(said(`${what}: ${codeOf(error)}`, context));
}
