import * as z from 'zod';
import { Backup } from './backup.js';
import { DecisionTaken, Rollback } from './decision.js';
import { FAILURE_TYPES } from './failures.js';
import { HealthReport } from './health-check.js';
import { ValidationIssue, Warning } from './rebuild-plan.js';
import { PhaseRecord } from './rebuild-progress.js';

export const OUTCOMES = ['done', 'failed', 'cancelled'] as const;

/** What the VM was last seen in, and when. Nulls: never seen, or gone. */
export const VmState = z.object({
  status: z.string().nullable(),
  imageId: z.string().nullable(),
  observedAt: z.iso.datetime().nullable(),
});
export type VmState = z.output<typeof VmState>;

/** Why a rebuild ended without being done, and what to do. `type` is from docs/failures.md. */
export const Failure = z.object({
  type: z.enum(FAILURE_TYPES),
  message: z.string(),
  /** JD Cloud's id of the answer that ended it, for a support ticket. */
  requestId: z.string().nullable(),
  state: VmState.nullable(),
  next: z.string(),
  /** All reasons at once, when validation refused. */
  issues: z.array(ValidationIssue).optional(),
});
export type Failure = z.output<typeof Failure>;

/** One mutating or deciding call that JD Cloud answered. */
export const ApiCallRecord = z.object({ operation: z.string(), requestId: z.string() });
export type ApiCallRecord = z.output<typeof ApiCallRecord>;

/** How one rebuild ended. Like all that workers answer it is not strict: a field that a newer worker adds does not stop an older client. */
export const RebuildResult = z
  .object({
    outcome: z.enum(OUTCOMES),
    /** The workflow id. */
    operationId: z.string(),
    regionId: z.string(),
    instanceId: z.string(),
    requestedBy: z.string().nullable(),
    reason: z.string().nullable(),
    imageBefore: z.string().nullable(),
    /** The image the VM reports at the end; null when it was not seen again after a rebuild call. */
    imageAfter: z.string().nullable(),
    /** JD Cloud's status before and at the end; `after` null when the VM was not seen again after a stop, rebuild or start. */
    power: z.object({ before: z.string().nullable(), after: z.string().nullable() }),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    timeline: z.array(PhaseRecord),
    /** Activity attempts by step name; 1 each when nothing had to be repeated. */
    attempts: z.record(z.string(), z.int()),
    apiCalls: z.array(ApiCallRecord),
    warnings: z.array(Warning),
    failure: Failure.optional(),
    /** Everything that went wrong, in order: the failure that a rollback or decision followed, and theirs. Absent: at most `failure`. */
    failures: z.array(Failure).optional(),
    backup: Backup.nullable().optional(),
    health: HealthReport.optional(),
    decisions: z.array(DecisionTaken).optional(),
    rollbacks: z.array(Rollback).optional(),
  })
  .meta({ id: 'RebuildResult' });
export type RebuildResult = z.output<typeof RebuildResult>;

/** What every activity of a rebuild tells the workflow beside its own answer. */
export interface StepReport {
  /** Attempt that succeeded, 1 when nothing had to be repeated. */
  readonly attempt: number;
  /** Mutating calls that JD Cloud accepted in this attempt. */
  readonly apiCalls: readonly ApiCallRecord[];
  /** The VM as the activity last saw it. */
  readonly observed: VmState;
  /**
   * A stop or start of an earlier attempt may be on its way still: its answer was lost. Absent: none is, or the step makes
   * no such call.
   */
  readonly callMayBeInFlight?: boolean;
}

/** Heartbeat details of activities that wait, so that a client can show what was last seen. */
export interface WaitHeartbeat {
  readonly attempt: number;
  readonly observed: VmState | null;
  /** Why nothing new is known, for example `JD Cloud answered 503`; null when the last look succeeded. */
  readonly lastError: string | null;
  /** What a health check said last, good or bad; or why a VM that seems to have arrived is waited for. */
  readonly lastAnswer?: string;
}
