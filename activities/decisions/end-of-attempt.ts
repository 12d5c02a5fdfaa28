import { ApplicationFailure } from '@temporalio/common';
import { CallWithheldError } from '../../jdcloud/call-withheld-error.js';
import { JdCloudError } from '../../jdcloud/errors.js';

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
  readonly callMayBeOut: boolean;
  /** The rebuild was cancelled, by the word of the SDK or of the server. */
  readonly isCancelled: boolean;
}

/** Whether it reports that nothing was sent and nothing will be, or fails, to be repeated or found out about. */
export function endOfRebuildAttempt({ callMayBeOut, isCancelled }: EndOfRebuildAttempt): 'not-sent' | 'fails' {
  return isCancelled && !callMayBeOut ? 'not-sent' : 'fails';
}
