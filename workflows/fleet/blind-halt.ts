import type { ActivityFailure } from '@temporalio/workflow';
import type { Halt } from './halt.js';

/** Pause after a look that failed: nothing is decided on what nobody could see. */
const BLIND_PAUSE_MS = 60_000;

/** Characters of what the look failed with. */
const LONGEST_SAID = 500;

/** Why nothing is done while nobody can look, and when it is tried again. */
export function blindHalt(error: ActivityFailure): Required<Halt> {
  return blindFor(error.cause?.message ?? error.message);
}

/** The same for what somebody else was told who could not look. */
export function blindFor(said: string): Required<Halt> {
  const at = Date.now() + BLIND_PAUSE_MS;
  return { why: `cannot look: ${said.slice(0, LONGEST_SAID)}`, until: { what: 'it looks again', at } };
}
