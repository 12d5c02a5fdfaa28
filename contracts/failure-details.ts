import * as z from 'zod';
import { HealthCheckResult } from './health-check.js';
import { ValidationIssue } from './rebuild-plan.js';
import { VmState } from './rebuild-result.js';

/** What an activity's failure carries beside type and message, as the first of its details. */
export const FailureDetails = z.looseObject({
  /** JD Cloud's operation and answer, where a call failed. */
  operation: z.string().nullish(),
  httpStatus: z.number().nullish(),
  status: z.string().nullish(),
  requestId: z.string().nullish(),
  /** Whether a call that must not be repeated may be out there unseen. Absent: the attempt did not tell. */
  callMayBeInFlight: z.boolean().optional(),
  /** JD Cloud could not be reached, or the VM not be looked at, when the time was up: the VM may be fine. */
  isUnobserved: z.boolean().optional(),
  /** The VM as last seen. */
  observed: VmState.nullish(),
  /** Whether all looks of a settle time have shown `observed`; absent where that is no matter of looks. */
  isSettled: z.boolean().optional(),
  /** Images whose deletion was asked for, or may have been. */
  mayBeDeleted: z.array(z.string()).optional(),
  issues: z.array(ValidationIssue).optional(),
  /** What the health check said last. */
  health: HealthCheckResult.optional(),
  /** Attempt of the activity that failed. */
  attempt: z.int().optional(),
});
export type FailureDetails = z.output<typeof FailureDetails>;
