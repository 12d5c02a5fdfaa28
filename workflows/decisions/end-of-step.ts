import { type FailureType, MAY_PASS } from '../../contracts/failures.js';
import type { FailureDetails } from '../../contracts/failure-details.js';

/** How a step has ended that came to no report. */
export interface EndOfStep {
  readonly type: FailureType;
  /** Whether a call of it may be out, as its last attempt has reported; absent where that attempt did not report. */
  readonly callMayBeInFlight?: boolean | undefined;
}

/** Whether surely no call of the step is out. */
export function isSurelyNotOut({ callMayBeInFlight }: EndOfStep): boolean {
  return callMayBeInFlight === false;
}

/**
 * What the end of the rebuild call means: it was not made, nobody can ever tell, or it is to be found out.
 * @param isReported - the last attempt has reported that it was cancelled with nothing sent
 */
export function afterRebuildCall(
  end: EndOfStep & { readonly isReported: boolean },
): 'not-made' | 'unknown' | 'find-out' {
  if (end.isReported || isSurelyNotOut(end)) return 'not-made';
  return end.type === 'RebuildOutcomeUnknown' ? 'unknown' : 'find-out';
}

/**
 * Whether a stop or start may be on its way still: its time ran out, or it was refused for what may pass after an answer
 * had been lost.
 */
export function mayBeOnItsWay({ type, callMayBeInFlight }: EndOfStep): boolean {
  return type === 'DeadlineExceeded' || (MAY_PASS.includes(type) && callMayBeInFlight === true);
}

/** What is believed of an attempt that the server gave up: what it saw, and never that no call of it is out. */
export function believedOfSilent(lastHeartbeat: FailureDetails): FailureDetails {
  const { callMayBeInFlight: _callMayBeOut, ...seen } = lastHeartbeat;
  return seen;
}
