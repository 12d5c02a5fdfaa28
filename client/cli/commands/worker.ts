import type { Command } from 'commander';
import * as z from 'zod';
import { TemporalConnectError } from '../../../temporal/connect-settings.js';
import { SettingsError } from '../../../temporal/settings-error.js';
import { runWorker } from '../../../worker.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { unreachable } from '../../connection/temporal-errors.js';
import type { CliDeps } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import type { Parsing } from '../options/command-table.js';
import { cliCommand } from '../options/parse-options.js';

const MORE = `
Everything is set by the environment: TEMPORAL_* for the server, JDCLOUD_* for the cloud,
REIMAGE_* for the worker itself. Logs go to stdout as JSON. SIGTERM or Ctrl-C end it gracefully.

Example:
  $ TEMPORAL_ADDRESS=temporal:7233 JDCLOUD_ACCESS_KEY=... JDCLOUD_SECRET_KEY=... reimage worker`;

/** Defines `reimage worker`. */
export function defineWorker(command: Command, { dispatch }: Parsing): void {
  command.addHelpText('after', MORE).action(() => dispatch(cliCommand('worker', WorkerOptions, runWorkerCommand), {}));
}

/** What stands on the command line of `worker`: nothing. */
export const WorkerOptions = z.strictObject({});
export type WorkerOptions = z.output<typeof WorkerOptions>;

/**
 * `reimage worker`: runs until a signal ends it.
 * @throws ReimageUnreachableError when no Temporal server answers · ReimageInvalidInputError when its settings are wrong
 */
export async function runWorkerCommand(_options: WorkerOptions, { env }: CliDeps): Promise<number> {
  try {
    await runWorker({ ...env });
  } catch (error) {
    if (error instanceof TemporalConnectError) throw unreachable(error.message, error);
    if (error instanceof SettingsError) throw new ReimageInvalidInputError(error.message, 'environment');
    throw error;
  }
  return OK;
}
