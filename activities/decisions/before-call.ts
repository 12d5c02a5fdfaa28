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
export function afterChangedLook(
  sinceMs: number,
  settleMs: number,
): { readonly retryable: true; readonly hasHeld: false } | { readonly retryable: false } {
  return sinceMs < settleMs ? { retryable: true, hasHeld: false } : { retryable: false };
}

/** Whether the VM has not the image that it is to have still. */
export function hasOtherImage({ imageId, expectedImageId }: Omit<BeforeCall, 'status'>): boolean {
  return expectedImageId !== undefined && imageId !== expectedImageId;
}
