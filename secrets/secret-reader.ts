import type { VmRef } from '../contracts/ids.js';
import { parseSecretRef, type PasswordRef, type SecretSchemeName } from '../contracts/secret-ref.js';
import { BOUNDED_FILES, SecretError } from './bounded-files.js';
import { generatedSecret } from './generated-secret.js';
import { runCommand, wordsOf } from './run-command.js';
import { envSecret, execSecret, fileSecret, type SecretContext, type SecretScheme } from './schemes.js';

/** Every scheme there is. */
const SCHEMES: Readonly<Record<SecretSchemeName, SecretScheme>> = {
  env: envSecret,
  file: fileSecret,
  exec: execSecret,
  generate: generatedSecret,
};

/** Turns references into secrets, inside what needs them. A secret goes nowhere else. Both throw a {@link SecretError}. */
export interface SecretReader {
  /**
   * The secret, to be used now. One that is generated is new each time, and handed to its sink.
   * @param rebuildId - shared by all attempts of one rebuild
   */
  readonly read: (ref: PasswordRef, vm?: VmRef, rebuildId?: string) => Promise<string>;
  /** The secret as `read` would give it, or null where it would be generated and could be. Makes and changes nothing. */
  readonly peek: (ref: PasswordRef, vm?: VmRef) => Promise<string | null>;
}

/** Reads references of every scheme, in this process. */
export function createSecretReader(process: Pick<SecretContext, 'env' | 'where'>): SecretReader {
  const read: SecretReader['read'] = async (ref, vm, rebuildId) => {
    const { scheme, target } = parseSecretRef(ref);
    const secret = (await SCHEMES[scheme].read(target, { ...process, vm, rebuildId })).replace(/\r?\n$/, '');
    if (secret === '') throw new SecretError(`the ${scheme}: reference gives an empty secret`);
    return secret;
  };
  return {
    read,
    peek: async (ref, vm) => {
      const { scheme, target } = parseSecretRef(ref);
      const { check } = SCHEMES[scheme];
      if (check === undefined) return await read(ref, vm);
      await check(target, { ...process, vm });
      return null;
    },
  };
}

/** How the settings of JD Cloud reach files and a command: within limits, and by the rules of an `exec:` reference. */
export function settingsAccess(env: SecretContext['env']) {
  const name = 'the command in JDCLOUD_CREDENTIALS_COMMAND';
  return { files: BOUNDED_FILES, run: (line: string) => runCommand({ words: wordsOf(line), env, name }) };
}
