import { ApplicationFailure } from '@temporalio/common';
import { isRollbackOf } from '../../contracts/names.js';
import { CallWithheldError, JdCloudError } from '../../jdcloud/errors.js';
import type { RebuildTarget } from './landing.js';

/** How long what was read before a call holds. Below the heartbeat timeout, after which another attempt may be under way. */
export const CHECKS_HOLD_MS = 20_000;

/** What is known of an attempt that is about to make a call. */
export interface AttemptNow {
  /** The workflow or an operator has asked for its end. */
  readonly isCancelled: boolean;
  /** Milliseconds since that was read on which the call stands: by the clock that says more. */
  readonly ageMs: number;
}

/**
 * Whether an attempt goes on towards its call: `old` when what it stands on may be another attempt's by now, `cancelled`
 * when nobody wants it any more. Age comes first: an attempt that is too old must not tell that it has sent nothing, since
 * another one may have.
 */
export function mayGoOn({ isCancelled, ageMs }: AttemptNow): 'yes' | 'old' | 'cancelled' {
  if (ageMs > CHECKS_HOLD_MS) return 'old';
  return isCancelled ? 'cancelled' : 'yes';
}

/** What Temporal's server answers when it is asked whether an attempt still counts: `none` where it does not, or nobody says so. */
export type ServerWord = 'counts' | 'cancelled' | 'none';

/** Whether a call goes out, asked straight before the wire: the last that is asked. */
export function maySend({ word, ageMs }: { readonly word: ServerWord; readonly ageMs: number }): boolean {
  return word === 'counts' && ageMs <= CHECKS_HOLD_MS;
}

/** A VM as it was seen right before a call, beside how we left it. */
export interface BeforeCall {
  readonly status: string;
  readonly imageId: string | null;
  /** The image that it is to have still. Absent: whatever it has. */
  readonly expectedImageId?: string | null | undefined;
}

/**
 * Whether a VM is stopped still, as we left it: `error` is JD Cloud's own state, `changed` is somebody's doing, and
 * `between` two states it comes to one or the other.
 */
export function isAsLeft(seen: BeforeCall): 'yes' | 'error' | 'changed' | 'between' {
  const { status } = seen;
  if (status === 'error') return 'error';
  if (status === 'running' || status === 'rebuilding' || hasOtherImage(seen)) return 'changed';
  return status === 'stopped' ? 'yes' : 'between';
}

/**
 * What is made of a look at a VM that is not as we left it. Within the settle time it may show what was before: it is looked
 * at again, and should that not come to pass, nothing is claimed by this one look.
 * @param sinceMs - milliseconds since the activity was first scheduled, and with that since our own last change
 */
export function afterChangedRead(
  sinceMs: number,
  settleMs: number,
): { readonly retryable: true; readonly isSettled: false } | { readonly retryable: false } {
  return sinceMs < settleMs ? { retryable: true, isSettled: false } : { retryable: false };
}

/** Whether the VM has not the image that it is to have still. */
export function hasOtherImage({ imageId, expectedImageId }: Omit<BeforeCall, 'status'>): boolean {
  return expectedImageId !== undefined && imageId !== expectedImageId;
}

/** What an attempt has left behind in its last heartbeat about its one call that must not be repeated. */
export interface CallWord {
  /** The attempt that left it. */
  readonly attempt: number;
  /** Its last word: no call of it is out. */
  readonly noneInFlight: boolean;
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
export function mayEarlierCallBeInFlight({ attempt, isFirstScheduled, word }: AttemptStart): boolean {
  if (word === null) return attempt !== 1 || !isFirstScheduled;
  return !(word.attempt === attempt - 1 && word.noneInFlight);
}

/**
 * Whether a call may be out that an attempt has to find out about before it sends, or tells that nothing was sent: one of
 * an attempt before it, or of an earlier run that Temporal has reset.
 */
export function mayAnyCallBeInFlight(isOfThisRun: boolean, { isRerun }: Pick<RebuildTarget, 'isRerun'>): boolean {
  return isOfThisRun || isRerun === true;
}

/**
 * Whether the server's word on the attempt straight before this one settles that none is out, where that attempt never
 * ran. Those before it have sent nothing either where no heartbeat says that a call may be out, since a call goes out only
 * once the server has acknowledged such a heartbeat.
 * @param hasHeartbeat - the server has a heartbeat of any attempt, whatever it says
 */
export function settlesIfNeverRan({ word, hasHeartbeat }: { word: CallWord | null; hasHeartbeat: boolean }): boolean {
  return word === null ? !hasHeartbeat : word.noneInFlight;
}

/** Whether an attempt that ends with this error may have a call of this operation out, where no cancellation breaks it off. */
export function mayHaveArrived(error: unknown, operation: string): boolean {
  return error instanceof JdCloudError && error.operation === operation && error.mayHaveArrived;
}

/**
 * The same where a cancellation breaks the call off: an error that neither our own checks nor JD Cloud's client has made
 * may be that of a call under way.
 */
export function mayBeUnderWay(error: unknown, operation: string): boolean {
  if (error instanceof ApplicationFailure || error instanceof CallWithheldError) return false;
  return !(error instanceof JdCloudError) || mayHaveArrived(error, operation);
}

/** An attempt at the rebuild call that has come to no report. */
export interface EndOfRebuildAttempt {
  /** A call of this attempt, or of one before it, may be out. */
  readonly callMayBeInFlight: boolean;
  /** The rebuild was cancelled, by the word of the SDK or of the server. */
  readonly isCancelled: boolean;
}

/** Whether it reports that nothing was sent and nothing will be, or fails, to be repeated or found out about. */
export function endOfRebuildAttempt({ callMayBeInFlight, isCancelled }: EndOfRebuildAttempt): 'not-sent' | 'fails' {
  return isCancelled && !callMayBeInFlight ? 'not-sent' : 'fails';
}

/** The VM and its metadata as they are read straight before the rebuild call. */
export interface BeforeRebuild extends Omit<BeforeCall, 'expectedImageId'> {
  readonly target: RebuildTarget;
  /** The marker that it carries; null for none, or where its metadata cannot be read. */
  readonly marker: string | null;
  readonly canReadMetadata: boolean;
  readonly hasRoomForMarker: boolean;
  /** What does not fit any more: image, protection, window and the like. */
  readonly hasIssues: boolean;
}

/**
 * What keeps the rebuild call from being made, or `call`:
 *
 * - `was-there`: the VM carries our marker. Only a run that took another's place can find it here: a reset, or two starts
 *   by one request id
 * - `rolled-back`: this operation has rebuilt it and taken that back
 * - `unknown`: an earlier run may have rebuilt it, and nothing would show
 * - `error`, `changed`, `between`: it is not as we left it, see {@link isAsLeft}
 * - `issues`, `no-metadata`, `no-room`: what was checked before the stop does not hold any more, or the marker that tells
 *   a lost answer cannot be written
 */
export type BeforeRebuildVerdict =
  | 'was-there'
  | 'rolled-back'
  | 'unknown'
  | 'error'
  | 'changed'
  | 'between'
  | 'issues'
  | 'no-metadata'
  | 'no-room'
  | 'call';

/** Decides on the rebuild call by the last look before it. */
export function beforeRebuildCall(facts: BeforeRebuild): BeforeRebuildVerdict {
  const { target, marker, canReadMetadata } = facts;
  if (marker === target.marker) return 'was-there';
  if (marker !== null && isRollbackOf(marker, target.marker)) return 'rolled-back';
  if (target.isRerun === true && !target.markerUsable) return 'unknown';
  const left = isAsLeft({ ...facts, expectedImageId: target.before.imageId });
  if (left !== 'yes') return left;
  if (facts.hasIssues) return 'issues';
  if (!target.markerUsable) return 'call';
  if (!canReadMetadata) return 'no-metadata';
  return facts.hasRoomForMarker ? 'call' : 'no-room';
}
