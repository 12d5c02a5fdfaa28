import type { FailureDetails } from '../contracts/failure-details.js';
import type { StepReport } from '../contracts/step-report.js';

/** What of a VM may be another than when it was last seen. */
export type Unseen = 'nothing' | 'power' | 'power and image';

/** What the calls of a step have changed after its look. */
export function changedBy({ apiCalls }: StepReport): Unseen {
  const operations = apiCalls.map(({ operation }) => operation);
  if (operations.includes('rebuildInstance')) return 'power and image';
  return operations.some((operation) => POWER_CALLS.includes(operation)) ? 'power' : 'nothing';
}

/** Whether the call that failed may have been performed all the same: a refusal says that it was not. */
export function mayHaveChangedPower({ operation, httpStatus }: FailureDetails): boolean {
  const isRefused = httpStatus != null && httpStatus >= 400 && httpStatus < 500;
  return operation != null && POWER_CALLS.includes(operation) && !isRefused;
}

const POWER_CALLS: readonly string[] = ['stopInstance', 'startInstance'];
