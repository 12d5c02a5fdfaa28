import type { ActivityFailure } from '@temporalio/workflow';
import type { FailureType } from '../../contracts/failures.js';
import type { Freeze } from '../../contracts/freeze.js';

/** Something that keeps new VMs from being started, and what ends it by itself, if anything does. */
export interface Blocker {
  readonly why: string;
  readonly until?: { readonly what: string; readonly at: number };
}

/** What a freeze of the namespace keeps. */
export function frozenBlocker({ by, reason, since }: Freeze): Blocker {
  return { why: `frozen by ${by} since ${since}: ${reason}` };
}

/** How the fleet is to end before its time. */
export interface Ending {
  readonly type: FailureType;
  readonly message: string;
  /** What has not passed the rebuild call is cancelled. */
  readonly now: boolean;
  /** What was moved is put back first. */
  readonly isRolledBack: boolean;
}

/** A gate that the fleet waits at. */
export interface Gate {
  readonly name: string;
  readonly deadline: number;
}

/** A pause: no VM is started until someone resumes it. */
export interface Pause {
  readonly why: string;
  /** The failure budget has made it: to resume bears the failures. */
  readonly isForBudget: boolean;
  /** Which of the fleet's pauses it is, from 1: who resumes names it. */
  readonly number: number;
}

/** Pause after a look that failed: nothing is decided on what nobody could see. */
const BLIND_PAUSE_MS = 60_000;

/** Characters of what the look failed with. */
const LONGEST_SAID = 500;

/** Why nothing is done while nobody can look, and when it is tried again. */
export function unobservableBlocker(error: ActivityFailure): Required<Blocker> {
  return blindFor(error.cause?.message ?? error.message);
}

/** The same for what somebody else was told who could not look. */
export function blindFor(said: string): Required<Blocker> {
  const at = Date.now() + BLIND_PAUSE_MS;
  return { why: `cannot look: ${said.slice(0, LONGEST_SAID)}`, until: { what: 'it looks again', at } };
}
