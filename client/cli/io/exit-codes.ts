import { FAILURES } from '../../../contracts/failures.js';
import type { RebuildResult } from '../../../contracts/rebuild-result.js';
import type { FleetOperation } from '../../fleets/operation.js';

export const OK = 0;
export const USAGE = FAILURES.InvalidInput.exitCode;

/** The person ended the watching by Ctrl-C, while the rebuild goes on, or what comes before a rebuild: 128 and the signal's number, as shells have it. */
export const INTERRUPTED = 130;

/** How a command that shows the end of a rebuild exits. */
export function exitCodeOf({ outcome, failure }: RebuildResult): number {
  if (outcome === 'done') return OK;
  if (failure !== undefined) return FAILURES[failure.type].exitCode;
  return outcome === 'cancelled' ? FAILURES.Cancelled.exitCode : FAILURES.Unexpected.exitCode;
}

/** How a command that shows the end of a fleet exits. */
export function exitCodeOfFleet({ status, result }: FleetOperation): number {
  if (status === 'done') return OK;
  const { failure } = result ?? {};
  return failure === undefined ? FAILURES.Unexpected.exitCode : FAILURES[failure.type].exitCode;
}
