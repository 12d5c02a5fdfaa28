import type { FailureDetails } from '../contracts/failure-details.js';
import { afterChangedLook, hasOtherImage, isAsLeft } from './decisions/before-call.js';
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
  const left = isAsLeft({ ...seen, expectedImageId: imageId });
  const details = { ...known, observed: toVmState(seen) };
  if (left === 'error') throw failure('VmInError', 'JD Cloud reports the VM in error.', { details });
  if (left === 'between') throw busy(`The VM is ${seen.status}.`, timing, details);
  if (left === 'yes') return;
  const { retryable, ...held } = afterChangedLook(sinceFirstScheduledMs(), timing.settleMs);
  const message = `Before ${before} the VM ${changesOf(seen, imageId)}.`;
  throw failure('ChangedUnderneath', message, {
    details: { ...details, ...held },
    retryable,
    retryAfterMs: timing.busyDelayMs,
  });
}

function changesOf({ status, imageId }: Observation, expectedImageId: Expected['imageId']): string {
  const isElsewhere = isAsLeft({ status, imageId }) === 'changed';
  return [
    ...(isElsewhere ? [`is ${status}, no longer stopped`] : []),
    ...(hasOtherImage({ imageId, expectedImageId }) ? [`has image ${imageId}, no longer ${expectedImageId}`] : []),
  ].join(' and ');
}
