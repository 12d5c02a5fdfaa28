import { runWorker } from '../../worker.js';
import { TemporalConnectError } from '../../temporal/connect-settings.js';
import { unreachable } from '../temporal-errors.js';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';

/** `reimage worker`: runs until a signal ends it. @throws ReimageUnreachableError when no Temporal server answers */
export async function run(_raw: unknown, { env }: CliDeps): Promise<number> {
  try {
    await runWorker({ ...env });
  } catch (error) {
    throw error instanceof TemporalConnectError ? unreachable(error.message, error) : error;
  }
  return OK;
}
