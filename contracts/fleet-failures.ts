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
