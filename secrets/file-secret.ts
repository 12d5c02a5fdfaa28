import { open } from 'node:fs/promises';
import type { SecretScheme } from './scheme.js';
import { codeOf, SecretError } from './secret-error.js';

const LARGEST_BYTES = 64 * 1024;
const READABLE_BY_OTHERS = 0o004;

/** `file:PATH`: a file of at most 64 KiB. One that everybody may read is refused. */
export const fileSecret: SecretScheme = {
  read: async (path, { where }) => {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw new SecretError(`the file that the file: reference names cannot be opened ${where} (${codeOf(error)})`);
    });
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw new SecretError(`the file: reference names something ${where} that is not a file`);
      if ((facts.mode & READABLE_BY_OTHERS) !== 0)
        throw new SecretError(
          `the file that the file: reference names is readable by everybody ${where}: chmod o-r it`,
        );
      if (facts.size > LARGEST_BYTES) throw new SecretError('the file that the file: reference names is over 64 KiB');
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  },
};
