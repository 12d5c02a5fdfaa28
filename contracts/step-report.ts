import type { ApiCallRecord, VmState } from './rebuild-result.js';

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
