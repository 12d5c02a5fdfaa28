import type { FailureKind } from './failure-kind.js';

/** Every way in which a fleet, a plan or a schedule ends without being done: a part of the table in contracts/failures.ts. */
export const FLEET_FAILURES = {
  FleetFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'More VMs of the fleet failed than its failure budget allows, and it ended. No rebuild was interrupted.',
    next: 'See with `reimage fleet report` which failed and why; `reimage fleet retry` rebuilds them and the rest.',
  },
  FleetAborted: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The fleet was aborted. Every rebuild that was under way ran to its end.',
    next: 'See with `reimage fleet report` what was done; `reimage fleet retry` rebuilds the rest.',
  },
  FleetRejected: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The fleet was not approved at a gate, and ended. VMs that were done stay as they are.',
    next: 'See with `reimage fleet report` what was done; `reimage fleet rollback` undoes it.',
  },
  FleetNotFound: {
    exitCode: 6,
    httpStatus: 404,
    meaning: 'There is no such fleet in this Temporal namespace.',
    next: 'See the existing ones with `reimage fleet list`; the history may also be past its retention.',
  },
  FleetBusy: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'Another fleet of this name is running in the region. Nothing was touched.',
    next: 'Follow it with `reimage fleet watch`, or end it with `reimage fleet abort`; try again once it has ended.',
  },
  NothingSelected: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'The fleet selects no VM, or excludes all that it selects. Nothing was started.',
    next: 'Look for a typing error in select and exclude; if it is intended that no VM is left, set allowEmpty: true.',
  },
  PlanStale: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'What the plan was made from has changed since. Nothing was started.',
    next: 'Read in the message what changed, then plan again.',
  },
  PlanUsed: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'The plan was already started, and a plan can be started only once. Nothing was started.',
    next: 'Follow the fleet that the message names with `reimage fleet watch`, or plan again.',
  },
  ScheduleNotFound: {
    exitCode: 6,
    httpStatus: 404,
    meaning: 'There is no such schedule in this Temporal namespace.',
    next: 'See the existing ones with `reimage schedule list`.',
  },
  ScheduleExists: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'A schedule with this id already exists in the namespace. Nothing was changed.',
    next: 'See it with `reimage schedule describe`; delete it first, or use another id.',
  },
  ScheduleChanged: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'Someone else changed the schedule at the same time. Your change is not in effect.',
    next: 'See with `reimage schedule describe` who did what, then try again if it is still needed.',
  },
} as const satisfies Record<string, FailureKind>;

/** What request ids are refused for: a part of the table in contracts/failures.ts. */
export const REQUEST_FAILURES = {
  RequestIdReused: {
    exitCode: 2,
    httpStatus: 409,
    meaning: 'The request id was used before for a different request. Nothing was started or changed.',
    next: 'Use a new request id for a new request; to repeat the old one, request exactly the same as then.',
  },
} as const satisfies Record<string, FailureKind>;

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
