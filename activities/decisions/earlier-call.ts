import type { RebuildTarget } from './landing.js';

/** What an attempt has left behind in its last heartbeat about its one call that must not be repeated. */
export interface CallWord {
  /** The attempt that left it. */
  readonly attempt: number;
  /** Its last word: no call of it is out. */
  readonly noneOut: boolean;
}

/** What an attempt knows of those before it when it begins. */
export interface AttemptStart {
  /** Counted from 1; an operator's reset of the activity counts from 1 again. */
  readonly attempt: number;
  /** It is the very first by the server's times of scheduling, which no reset of the activity changes. */
  readonly isFirstScheduled: boolean;
  /** The last heartbeat that the server has of any attempt; null where it has none, or one that says nothing of calls. */
  readonly word: CallWord | null;
}

/**
 * Whether a call of an earlier attempt may have arrived, by what the attempts themselves have left. Only the last word of
 * the attempt straight before this one says that none has: any other attempt may have left no word at all.
 */
export function mayEarlierCallBeOut({ attempt, isFirstScheduled, word }: AttemptStart): boolean {
  if (word === null) return attempt !== 1 || !isFirstScheduled;
  return !(word.attempt === attempt - 1 && word.noneOut);
}

/**
 * Whether a call may be out that an attempt has to find out about before it sends, or tells that nothing was sent: one of
 * an attempt before it, or of an earlier run that Temporal has reset.
 */
export function mayAnyCallBeOut(isOfThisRun: boolean, { isRerun }: Pick<RebuildTarget, 'isRerun'>): boolean {
  return isOfThisRun || isRerun === true;
}

/**
 * Whether the server's word on the attempt straight before this one settles that none is out, where that attempt never
 * ran. Those before it have sent nothing either where no heartbeat says that a call may be out, since a call goes out only
 * once the server has acknowledged such a heartbeat.
 * @param hasHeartbeat - the server has a heartbeat of any attempt, whatever it says
 */
export function settlesIfNeverRan({ word, hasHeartbeat }: { word: CallWord | null; hasHeartbeat: boolean }): boolean {
  return word === null ? !hasHeartbeat : word.noneOut;
}
