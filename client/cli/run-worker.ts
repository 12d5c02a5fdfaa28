import { runWorker } from '../../worker.js';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';

/** `reimage worker`: runs until a signal ends it. */
export async function run(_raw: unknown, { env }: CliDeps): Promise<number> {
  await runWorker({ ...env });
  return OK;
}
