import { NotUtf8Error, utf8Text } from '../contracts/utf8-text.js';
import { FileError, readBounded } from './bounded-files.js';
import type { SecretScheme } from './scheme.js';
import { SecretError } from './secret-error.js';

const READABLE_BY_OTHERS = 0o004;

/** `file:PATH`: a regular file of at most 64 KiB of UTF-8, read within 5 s. One that everybody may read is refused. */
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
      return utf8Text(bytes);
    } catch (error) {
      const isOfFile = error instanceof FileError || error instanceof NotUtf8Error;
      throw isOfFile ? new SecretError(`${named} ${where} ${error.message}`) : error;
    }
  },
};
