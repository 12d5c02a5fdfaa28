import { open } from 'node:fs/promises';
import { SecretError, type SecretReader } from './resolver.js';

const LARGEST_BYTES = 64 * 1024;
const READABLE_BY_OTHERS = 0o004;

/** `file:PATH`: a file on the worker, its last line break left out. One that everybody may read is refused. */
export const readFileSecret: SecretReader = async (path) => {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new SecretError(
      `the file that the file: reference names cannot be opened (${error.code ?? 'unknown reason'})`,
    );
  });
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new SecretError('the file: reference names something that is not a file');
    if ((facts.mode & READABLE_BY_OTHERS) !== 0)
      throw new SecretError('the file that the file: reference names is readable by everybody: chmod o-r it');
    if (facts.size > LARGEST_BYTES) throw new SecretError('the file that the file: reference names is over 64 KiB');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
};
