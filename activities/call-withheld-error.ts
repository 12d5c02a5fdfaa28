/** A call that changes something was ready and was not sent: what it stood on no longer held. Another attempt may send it. */
export class CallWithheldError extends Error {
  override readonly name = 'CallWithheldError';
  /** The activity was cancelled: there is no other attempt. */
  readonly isCancelled: boolean;

  constructor(message: string, { isCancelled = false, cause }: { isCancelled?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isCancelled = isCancelled;
  }
}
