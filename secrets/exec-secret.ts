import { runCommand, wordsOf } from './run-command.js';
import type { SecretScheme } from './scheme.js';

/** `exec:COMMAND`: what a command writes to its standard output. It has 10 s, and there is no shell. */
export const execSecret: SecretScheme = {
  read: (commandLine, { env, where }) =>
    runCommand({ words: wordsOf(commandLine), env, name: `the command of the exec: reference, run ${where},` }),
};
