import * as z from 'zod';
import { runWorker } from '../../worker.js';
import { TemporalConnectError } from '../../temporal/connect-settings.js';
import { SettingsError } from '../../temporal/settings-error.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';
import { unreachable } from '../temporal-errors.js';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';

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
