/**
 * A call that changes something was ready and was not sent: what it stood on no longer held. Thrown by whoever is asked
 * before the wire (`beforeSend` of `ChangeOptions`); another attempt may send it.
 */
export class CallWithheldError extends Error {
  override readonly name = 'CallWithheldError';
  /** Who asked for it has taken it back: there is no other attempt. */
  readonly isCancelled: boolean;

  constructor(message: string, { isCancelled = false, cause }: { isCancelled?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isCancelled = isCancelled;
  }
}
