import { FileError, readBounded } from './bounded-files.js';
import type { SecretScheme } from './scheme.js';
import { SecretError } from './secret-error.js';

const READABLE_BY_OTHERS = 0o004;

/** `file:PATH`: a regular file of at most 64 KiB, read within 5 s. One that everybody may read is refused. */
export const fileSecret: SecretScheme = {
  read: async (path, { where }) => {
    const named = 'the file that the file: reference names';
    try {
      const bytes = await readBounded(path, {
        refuse: ({ mode }) => {
          if ((mode & READABLE_BY_OTHERS) !== 0)
            throw new SecretError(`${named} is readable by everybody ${where}: chmod o-r it`);
        },
      });
      return bytes.toString('utf8');
    } catch (error) {
      throw error instanceof FileError ? new SecretError(`${named} ${where} ${error.message}`) : error;
    }
  },
};
