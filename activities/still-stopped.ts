import type { FailureDetails } from '../contracts/failure-details.js';
import { busy, failure } from './failure.js';
import { type Observation, toVmState } from './observation.js';
import { sinceFirstScheduledMs } from './server-time.js';
import type { Timing } from './timing.js';

interface Expected {
  /** The call that is to be made, as messages say it: `the rebuild call`. */
  readonly before: string;
  /** The image that the VM is to have still. Absent: whatever it has. */
  readonly imageId?: string | null;
  readonly timing: Timing;
  readonly details?: Partial<FailureDetails>;
}

/**
 * Refuses a VM that is no longer as we left it: people press buttons while a VM stops.
 * @throws ApplicationFailure VmInError · ChangedUnderneath (retryable within the settle time: one look may be stale) ·
 * VmTaskConflict (retryable for a bounded time) when it is between two states
 */
export function refuseUnlessStopped(
  seen: Observation,
  { before, imageId, timing, details: known = {} }: Expected,
): void {
  const { status } = seen;
  const details = { ...known, observed: toVmState(seen) };
  if (status === 'error') throw failure('VmInError', 'JD Cloud reports the VM in error.', { details });
  const changes = [
    ...(status === 'running' || status === 'rebuilding' ? [`is ${status}, no longer stopped`] : []),
    ...(imageId === undefined || seen.imageId === imageId ? [] : [`has image ${seen.imageId}, no longer ${imageId}`]),
  ];
  if (changes.length > 0) {
    const retryable = sinceFirstScheduledMs() < timing.settleMs;
    const message = `Before ${before} the VM ${changes.join(' and ')}.`;
    throw failure('ChangedUnderneath', message, { details, retryable, retryAfterMs: timing.busyDelayMs });
  }
  if (status !== 'stopped') throw busy(`The VM is ${status}.`, timing, details);
}
