/** The fleet that holds a name in a region, so that a refusal can be acted on. */
export interface FleetHolder {
  /** The workflow id: the lock. */
  readonly operationId: string;
  readonly runId: string;
  readonly fleetId: string;
  readonly requestedBy: string | null;
  /** The schedule that it is a firing of; null: somebody has started it. */
  readonly scheduleId: string | null;
  /** When it began (ISO 8601, UTC). */
  readonly since: string;
  /** The last status that the server knows of; `waiting` before a worker took it up. */
  readonly status: string;
}

/** The refusal of a start that finds the name taken, in one sentence. */
export function fleetBusyText({ fleetId, requestedBy, scheduleId, since, status }: FleetHolder): string {
  const who = requestedBy ?? 'someone who left no name';
  const how = scheduleId === null ? '' : `, by schedule ${scheduleId}`;
  return `Fleet ${fleetId} is under way since ${since} for ${who}${how}: ${status}.`;
}

/** What stands in a claim: who has used up what the claim's workflow id names. */
export interface Claim {
  /** First run id of the fleet that has made it; of a firing a text of its own, another one after a reset. */
  readonly holder: string;
  /** The fleet for which it was made. */
  readonly fleetId: string;
}

/** A claim that is to be made. */
export interface ClaimToMake extends Claim {
  /** The workflow id. */
  readonly claimId: string;
  /** Bytes of one payload that the server has to take for what is claimed; absent: it is not asked. */
  readonly payloadBytes?: number;
}

/** How a rebuild ended that a fleet has started in an earlier run. */
export type RebuildEnd =
  | { readonly type: 'done'; readonly message: string; readonly result: unknown }
  /** `result` is the first detail of its failure; null where it has none. */
  | { readonly type: 'failed'; readonly message: string; readonly failure: string; readonly result: unknown }
  /** `lost` ended without a word, as one that was terminated, or is no longer known. */
  | { readonly type: 'cancelled' | 'lost'; readonly message: string };

/** A rebuild of a fleet, by the run that the fleet has started. */
export interface RebuildRun {
  readonly instanceId: string;
  readonly runId: string;
}
