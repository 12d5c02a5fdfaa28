import type { ActivityFailure } from '@temporalio/workflow';
import type { Halt } from './halt.js';

/** Pause after a look that failed: nothing is decided on what nobody could see. */
const BLIND_PAUSE_MS = 60_000;

/** Why nothing is done while nobody can look, and when it is tried again. */
export function blindHalt(error: ActivityFailure): Required<Halt> {
  const at = Date.now() + BLIND_PAUSE_MS;
  return { why: `cannot look: ${error.cause?.message ?? error.message}`, until: { what: 'it looks again', at } };
}
