import type { ActivityFailure } from '@temporalio/workflow';
import type { Halt } from './halt.js';

/** Pause after a look that failed: nothing is decided on what nobody could see. */
const BLIND_PAUSE_MS = 60_000;

/** Characters of what the look failed with. */
const LONGEST_SAID = 500;

/** Why nothing is done while nobody can look, and when it is tried again. */
export function blindHalt(error: ActivityFailure): Required<Halt> {
  const at = Date.now() + BLIND_PAUSE_MS;
  const said = (error.cause?.message ?? error.message).slice(0, LONGEST_SAID);
  return { why: `cannot look: ${said}`, until: { what: 'it looks again', at } };
}
