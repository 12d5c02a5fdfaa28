import type { ClientContext } from '../client-context.js';
import { isFreeze } from './key-rotation.js';
import { currentKeyOrNull } from './current-key.js';
import { readRunBearers, readScheduleBearers } from './read-key-bearers.js';

/** What is borne of each key, of what is counted cheaply. */
export interface KeyCounts {
  /** The key that encrypts here; null where encryption is off. */
  readonly currentKeyId: string | null;
  readonly counts: readonly KeyCount[];
}

/** How much bears a key, of what is counted cheaply. */
export interface KeyCount {
  /** Null: in clear. */
  readonly keyId: string | null;
  readonly schedules: number;
  /** Runs under way, by their memos. */
  readonly open: number;
  readonly freeze: boolean;
}

/**
 * Counts schedules, and runs under way by their memos: two calls or more for each schedule, and one for each thousand
 * runs. Histories and what has ended are left out: `planKeyRotation` counts all.
 * @throws ReimageUnreachableError
 */
export async function countKeys(context: ClientContext): Promise<KeyCounts> {
  const schedules = await readScheduleBearers(context);
  const runs = await readRunBearers(context, { openOnly: true, memosOnly: true });
  const ids = new Set([...schedules, ...runs].flatMap(({ uses }) => [...uses.keys()]));
  const counts = [...ids].map((keyId) => {
    const bearers = runs.filter(({ uses }) => uses.has(keyId));
    return {
      keyId,
      schedules: schedules.filter(({ uses }) => uses.has(keyId)).length,
      open: bearers.filter((run) => !isFreeze(run)).length,
      freeze: bearers.some(isFreeze),
    };
  });
  return { currentKeyId: await currentKeyOrNull(context), counts };
}
