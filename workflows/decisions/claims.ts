import type { FailureDetails } from '../../contracts/failure-details.js';
import type { VmState } from '../../contracts/rebuild-result.js';
import type { StepReport } from '../../contracts/step-report.js';

/** What of a VM may be another than when it was last seen. */
export type Unseen = 'nothing' | 'power' | 'power and image';

/** What the calls of a step have changed after its look. */
export function changedBy({ apiCalls }: Pick<StepReport, 'apiCalls'>): Unseen {
  const operations = apiCalls.map(({ operation }) => operation);
  if (operations.includes('rebuildInstance')) return 'power and image';
  return operations.some((operation) => POWER_CALLS.includes(operation)) ? 'power' : 'nothing';
}

/** What a step that failed may have changed after its look: a refusal says that its call was not performed. */
export function changedByFailed({ operation, httpStatus }: FailureDetails): Unseen {
  const isRefused = httpStatus != null && httpStatus >= 400 && httpStatus < 500;
  return operation != null && POWER_CALLS.includes(operation) && !isRefused ? 'power' : 'nothing';
}

const POWER_CALLS: readonly string[] = ['stopInstance', 'startInstance'];

/** What is unseen once a call that changes the power state is about to be asked for. */
export function beforePowerCall(unseen: Unseen): Unseen {
  return unseen === 'nothing' ? 'power' : unseen;
}

/** What a result may say of the VM: null is 'not known'. */
export interface Claims {
  readonly imageId: string | null;
  readonly status: string | null;
}

/** What may be claimed of a VM by the last look at it. @param observed - that look; null before the first */
export function claimsOf(unseen: Unseen, observed: Pick<VmState, 'imageId' | 'status'> | null): Claims {
  return {
    imageId: unseen === 'power and image' ? null : (observed?.imageId ?? null),
    status: unseen === 'nothing' ? (observed?.status ?? null) : null,
  };
}
