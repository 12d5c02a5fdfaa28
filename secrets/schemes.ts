import type { VmRef } from '../contracts/ids.js';
import { FileError, NotUtf8Error, utf8Text } from '../contracts/utf8-text.js';
import { readBounded, SecretError } from './bounded-files.js';
import { runCommand, wordsOf } from './run-command.js';

/** What a scheme may need to know beside its reference. */
export interface SecretContext {
  /** Variables of the process that reads; commands run with them too. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where that is, as messages say it: `on the worker`. */
  readonly where: string;
  /** The VM that the secret is for; absent for a secret that belongs to none. */
  readonly vm?: VmRef | undefined;
  /** An id that all attempts of one rebuild share; absent: it is the only attempt. */
  readonly rebuildId?: string | undefined;
}

/**
 * One way to have a secret, `SCHEME:TARGET`. Errors are `SecretError`s, whose messages hold neither the secret nor the
 * target. An empty secret and a line break at its end are dealt with by who calls.
 * @see docs/secrets.md#a-scheme-of-your-own
 */
export interface SecretScheme {
  /** Gives the secret, to be used now. */
  readonly read: (target: string, context: SecretContext) => Promise<string>;
  /**
   * Only where each reading makes a new secret: finds out, without making one or changing anything, whether it could
   * be made. A scheme without it is one that can be read at any time, as often as need be.
   */
  readonly check?: (target: string, context: SecretContext) => Promise<void>;
}

/** `env:NAME`: a variable of the process that reads. */
export const envSecret: SecretScheme = {
  read: async (name, { env, where }) => {
    const value = env[name];
    if (value === undefined) throw new SecretError(`the variable that the env: reference names is not set ${where}`);
    return value;
  },
};

/** `exec:COMMAND`: what a command writes to its standard output. It has 10 s, and there is no shell. */
export const execSecret: SecretScheme = {
  read: (commandLine, { env, where }) =>
    runCommand({ words: wordsOf(commandLine), env, name: `the command of the exec: reference, run ${where},` }),
};

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

/** A text with `{instanceId}` and `{regionId}` replaced by the VM's ids, which can stand in a path or an argument as they are. */
export function fillPlaceholders(text: string, { regionId, instanceId }: VmRef): string {
  return text.replaceAll('{instanceId}', instanceId).replaceAll('{regionId}', regionId);
}
