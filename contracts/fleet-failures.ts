import type { FailureKind } from './failure-kind.js';

/** Every way in which a fleet, a plan or a schedule ends without being done: a part of the table in contracts/failures.ts. */
export const FLEET_FAILURES = {
  FleetFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'More VMs of the fleet failed than its failure budget bears, and it ended. No rebuild was broken off.',
    next: 'See with `reimage fleet report` which failed and why; `reimage fleet retry` takes them and the rest up again.',
  },
  FleetAborted: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The fleet was aborted. Every rebuild that was under way has come to its own end.',
    next: 'See with `reimage fleet report` what was done; `reimage fleet retry` takes up the rest.',
  },
  FleetRejected: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The fleet was not approved at a gate, and ended. VMs that were done stay as they are.',
    next: 'See with `reimage fleet report` what was done; `reimage fleet rollback` puts it back.',
  },
  FleetNotFound: {
    exitCode: 6,
    httpStatus: 404,
    meaning: 'This Temporal namespace knows of no such fleet.',
    next: 'See with `reimage fleet list` what there is; the history may also have passed its retention.',
  },
  FleetBusy: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'Another fleet of this name runs in the region. Nothing was touched.',
    next: 'Follow it with `reimage fleet watch`, or end it with `reimage fleet abort`; ask again once it has ended.',
  },
  NothingSelected: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'The fleet selects no VM, or excludes all that it selects. Nothing was started.',
    next: 'Look for a mistyped word in select and exclude; where it is right that there is none, set allowEmpty: true.',
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
    meaning: 'The plan was started before, and a plan can be started once only. Nothing was started.',
    next: 'Follow the fleet that the message names with `reimage fleet watch`, or plan again.',
  },
  ScheduleNotFound: {
    exitCode: 6,
    httpStatus: 404,
    meaning: 'This Temporal namespace knows of no such schedule.',
    next: 'See with `reimage schedule list` what there is.',
  },
  ScheduleExists: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'There is a schedule of this id in the namespace already. Nothing was changed.',
    next: 'See it with `reimage schedule describe`; delete it first, or take another id.',
  },
  ScheduleChanged: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'Somebody else has changed the schedule at the same time. What was asked does not hold.',
    next: 'See with `reimage schedule describe` who did what, then ask again if it is still wanted.',
  },
} as const satisfies Record<string, FailureKind>;

/** What request ids are refused for: a part of the table in contracts/failures.ts. */
export const REQUEST_FAILURES = {
  RequestIdReused: {
    exitCode: 2,
    httpStatus: 409,
    meaning: 'The request id was used before, to ask for something else. Nothing was started or changed.',
    next: 'Take a new request id for a new request; to repeat the old one, ask for the same as then.',
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
