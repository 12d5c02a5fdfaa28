import type { CliClient } from '../cli-deps.js';
import { renderFreeze } from '../render-freeze.js';
import { ok, warn, type Check } from './check.js';

/** Says whether the namespace is frozen. A freeze is somebody's will, and so no failure. */
export async function checkFreeze(connect: () => Promise<CliClient>): Promise<Check> {
  try {
    await using client = await connect();
    const freeze = await client.frozen();
    if (freeze === null) return ok('freeze', 'the namespace is not frozen');
    return warn(
      'freeze',
      `${renderFreeze(freeze)}; no rebuild begins`,
      'End it with `reimage unfreeze`, once that is right.',
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return warn(
      'freeze',
      `it cannot be told whether the namespace is frozen: ${message}`,
      'Mend what else is wrong here.',
    );
  }
}
