import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { boundedFileWork } from './bounded-files.js';
import { fillPlaceholders } from './placeholders.js';
import { runCommand, wordsOf } from './run-command.js';
import { SecretError } from './secret-error.js';
import type { SecretSink, SinkContext } from './sink.js';

/**
 * `generate:exec:COMMAND`: a command gets the secret on its standard input, without a line break, and the VM in
 * `REIMAGE_SINK_REGION` and `REIMAGE_SINK_INSTANCE`. It has 10 s; exit code 0 says that it has taken the secret.
 */
export const execSink: SecretSink = {
  check: async (commandLine, { env, where }) => {
    const [command = ''] = wordsOf(commandLine);
    if (!(await canBeRun(command, env).catch(() => false)))
      throw new SecretError(`the command of the generate:exec: reference is not there, or may not be run, ${where}`);
  },

  take: async (secret, commandLine, { env, where, vm }) => {
    const [command = '', ...args] = wordsOf(commandLine);
    await runCommand({
      words: [command, ...args.map((argument) => fillPlaceholders(argument, vm))],
      env: { ...env, REIMAGE_SINK_REGION: vm.regionId, REIMAGE_SINK_INSTANCE: vm.instanceId },
      input: secret,
      name: `the command of the generate:exec: reference, run ${where},`,
    });
  },
};

async function canBeRun(command: string, env: SinkContext['env']): Promise<boolean> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = command.includes('/') ? [command] : folders.map((folder) => join(folder, command));
  return await boundedFileWork(async (signal) => {
    // One after the other: PATH may name many folders, and few files may be looked at at a time.
    for (const path of paths) {
      signal.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop
      if (await isExecutable(path)) return true;
    }
    return false;
  });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
