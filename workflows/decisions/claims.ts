import type { FailureDetails } from '../../contracts/failure-details.js';
import type { StepReport, VmState } from '../../contracts/rebuild-result.js';

/** What of a VM may be another than when it was last seen. */
export type Unseen = 'nothing' | 'power' | 'power and image';

/** What the calls of a step have changed after its look. */
export function changedBy({ apiCalls }: Pick<StepReport, 'apiCalls'>): Unseen {
  const operations = apiCalls.map(({ operation }) => operation);
  if (operations.includes('rebuildInstance')) return 'power and image';
  return operations.some((operation) => POWER_CALLS.includes(operation)) ? 'power' : 'nothing';
}

/**
 * What a step that failed may have changed after its look. A refusal says that its own call was not performed, and nothing
 * of one that an earlier attempt has lost.
 */
export function changedByFailed({ operation, httpStatus, callMayBeInFlight, isSettled }: FailureDetails): Unseen {
  // One look may show what was before.
  if (isSettled === false) return 'power and image';
  if (operation === 'rebuildInstance' && callMayBeInFlight !== false) return 'power and image';
  if (operation == null || !POWER_CALLS.includes(operation)) return 'nothing';
  const isRefused = httpStatus != null && httpStatus >= 400 && httpStatus < 500;
  return isRefused && callMayBeInFlight !== true ? 'nothing' : 'power';
}

const POWER_CALLS: readonly string[] = ['stopInstance', 'startInstance'];

/** What is unseen once a call is about to be asked for. */
export function beforeCall(unseen: Unseen, what: Exclude<Unseen, 'nothing'>): Unseen {
  return unseen === 'power and image' ? unseen : what;
}

/** What is known of the VM after a look. One at the power state alone says nothing of the image. */
export function afterLook(known: VmState | null, seen: VmState): VmState {
  if (seen.status === null) return seen;
  return { ...seen, imageId: seen.imageId ?? known?.imageId ?? null };
}

/** What a result may say of the VM: null is 'not known'. */
export interface Claims {
  readonly imageId: string | null;
  readonly status: string | null;
}

/**
 * What may be claimed of a VM by the last look at it. The image of one that is being rebuilt is another when it is over.
 * @param observed - that look; null before the first
 */
export function claimsOf(unseen: Unseen, observed: Pick<VmState, 'imageId' | 'status'> | null): Claims {
  const isImageKnown = unseen !== 'power and image' && observed?.status !== 'rebuilding';
  return {
    imageId: isImageKnown ? (observed?.imageId ?? null) : null,
    status: unseen === 'nothing' ? (observed?.status ?? null) : null,
  };
}
