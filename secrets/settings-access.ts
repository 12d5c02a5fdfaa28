import { BOUNDED_FILES } from './bounded-files.js';
import { runCommand, wordsOf } from './run-command.js';
import type { SecretContext } from './schemes.js';

/** How the settings of JD Cloud reach files and a command: within limits, and by the rules of an `exec:` reference. */
export function settingsAccess(env: SecretContext['env']) {
  const name = 'the command in JDCLOUD_CREDENTIALS_COMMAND';
  return { files: BOUNDED_FILES, run: (line: string) => runCommand({ words: wordsOf(line), env, name }) };
}
