import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import * as z from 'zod';
import { FLEET_STATUSES } from '../../contracts/fleet/fleet-progress.js';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { TaskFailure, Unreadable } from '../../contracts/task-failure.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { failureOf, ReimageInvalidInputError, toReimageError } from '../connection/errors.js';

const instant = z.iso.datetime();

const FiringTime = z.strictObject({ at: instant, local: z.string(), note: z.string().nullable() });

/** A schedule as library and CLI show it: what the server says of it. Instants are ISO 8601, UTC. */
export const ScheduleState = z
  .strictObject({
    scheduleId: z.string(),
    regionId: z.string(),
    /** Name of the fleet that it reimages; empty where that cannot be read. */
    fleet: z.string(),
    /** Its times as cron expressions, whichever way they were given. */
    times: z.array(z.string()),
    zone: z.string(),
    jitterSeconds: z.number(),
    /** Of ours `skip` or `buffer-one`; others only where somebody has changed it at Temporal. */
    overlap: z.string(),
    catchUpSeconds: z.number(),
    pauseOnFailure: z.boolean(),
    paused: z.boolean(),
    /** Who paused or resumed it and why; what the server says when a failure has paused it. */
    note: z.string().nullable(),
    /** Firings that were started. */
    fired: z.int(),
    /** Firings that were not started since the server could not in time: later than `catchUpSeconds`. */
    missed: z.int(),
    /** Firings that were not started since the one before still ran. */
    skipped: z.int(),
    /** Workflow ids of firings that run. */
    running: z.array(z.string()),
    /** Its next times; of one that is paused those at which it would fire. */
    next: z.array(FiringTime),
    createdAt: instant,
    updatedAt: instant.nullable(),
    /** What it reimages cannot be decrypted here; absent where it can. It can be paused, resumed, triggered and deleted all the same. */
    unreadable: Unreadable.optional(),
  })
  .meta({ id: 'ScheduleState' });
export type ScheduleState = z.output<typeof ScheduleState>;

/** One firing. */
const Firing = z.strictObject({
  /** When it was due. */
  dueAt: instant,
  startedAt: instant,
  /** The workflow id. */
  operationId: z.string(),
  /** Null while it is planned, where no plan could be made, and once the namespace has forgotten it. */
  fleetId: z.string().nullable(),
  status: z.enum([...FLEET_STATUSES, 'planning', 'forgotten']),
  /** VMs that it left alone, by why: `2 validation-failed, 1 busy`; null: none. */
  leftAlone: z.string().nullable(),
  /** Who has triggered it, and why; null: it came by its time, or had ended before it could be told. */
  triggeredBy: z.string().nullable(),
  /** Its workflow task, or that of its fleet, fails, so that nothing of it goes on; absent where none does. */
  taskFailure: TaskFailure.optional(),
  /** What has become of it cannot be decrypted here; absent where it can. */
  unreadable: Unreadable.optional(),
});
export type Firing = z.output<typeof Firing>;

/** A schedule with its last firings, and with what it reimages. */
export const ScheduleDetails = ScheduleState.extend({
  /** The last ten, newest first. */
  firings: z.array(Firing),
  /** What daylight saving does to its times within a year, one line each. */
  daylight: z.array(z.string()),
  /** What each firing plans; null where it cannot be read. */
  spec: FleetSpec.nullable(),
}).meta({ id: 'ScheduleDetails' });
export type ScheduleDetails = z.output<typeof ScheduleDetails>;

/**
 * Makes one call about one schedule.
 * @throws ReimageNotFoundError `ScheduleNotFound` · ReimageError `ScheduleExists` · ReimageInvalidInputError for times or
 * a zone that the server does not understand · ReimageUnreachableError
 */
export async function callSchedule<T>(context: ClientContext, scheduleId: string, call: () => Promise<T>): Promise<T> {
  return await callTemporal(context, async () => {
    try {
      return await call();
    } catch (error) {
      throw scheduleError(error, scheduleId, context);
    }
  });
}

/** The error for a schedule that is not there. */
export function noSuchSchedule(scheduleId: string, { client }: ClientContext) {
  const message = `Namespace ${client.options.namespace} knows of no schedule ${scheduleId}.`;
  return toReimageError(failureOf('ScheduleNotFound', message));
}

function scheduleError(error: unknown, scheduleId: string, context: ClientContext): unknown {
  if (error instanceof ScheduleNotFoundError) return noSuchSchedule(scheduleId, context);
  if (error instanceof ScheduleAlreadyRunning) {
    return toReimageError(failureOf('ScheduleExists', `There is a schedule ${scheduleId} already.`));
  }
  // The SDK makes a TypeError of a spec that the server refuses.
  if (!(error instanceof TypeError)) return error;
  return new ReimageInvalidInputError(`The Temporal server refuses the times: ${error.message}`, 'cron');
}
