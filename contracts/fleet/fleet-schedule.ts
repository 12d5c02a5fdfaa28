import * as z from 'zod';
import { oneLine } from '../text.js';
import { FleetSpec } from './fleet-spec.js';
import { WEEKDAYS } from './maintenance.js';

/** What people call a schedule: one of a namespace. */
export const ScheduleId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,46}[a-z0-9]$/,
    'must be 2 to 48 small letters, digits and dashes, for example web-weekly',
  )
  .meta({ description: 'Id of the schedule: small letters, digits and dashes' });

const CRON_FIELD = String.raw`[0-9A-Za-z*?,/-]+`;

/** The zone has a field of its own, so that no CRON_TZ; what else is wrong with it the server tells. */
const Cron = z
  .string()
  .trim()
  .max(200)
  .regex(
    new RegExp(
      String.raw`^(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|${CRON_FIELD}(?: +${CRON_FIELD}){4,6})$`,
    ),
    "must be a cron expression such as '0 2 * * 6': minute, hour, day of month, month, day of week",
  )
  .meta({
    description:
      'Minute, hour, day of month, month, day of week; all of them must hold. A sixth field is the year; with seven the first is the second',
  });

const Calendar = z
  .strictObject({
    at: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 02:00'),
    weekdays: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional(),
    daysOfMonth: z.array(z.int().min(1).max(31)).min(1).max(31).optional(),
    months: z.array(z.int().min(1).max(12)).min(1).max(12).optional(),
  })
  .meta({ description: 'A time of day, on days for which all that is given holds' });
export type Calendar = z.output<typeof Calendar>;

/** What is done with a firing that comes due while the one before still runs. */
export const OVERLAPS = ['skip', 'buffer-one'] as const;

/** Longest and shortest catch-up window that may be asked for, in seconds: Temporal's own least, and a day. */
const CATCH_UP_SECONDS = { min: 10, max: 86_400 } as const;

/** A fleet that is reimaged again and again. Selector and image are resolved anew by each firing. docs/schedules.md tells each field. */
export const FleetSchedule = z
  .strictObject({
    id: ScheduleId,
    cron: z.array(Cron).min(1).max(10).optional(),
    calendars: z.array(Calendar).min(1).max(10).optional(),
    zone: z.string().min(1).max(64).meta({ description: 'IANA time zone, for example Asia/Shanghai' }),
    jitterSeconds: z.int().min(0).max(3600).default(0).meta({
      description: 'Each firing comes up to so many seconds late, another number each time',
    }),
    overlap: z.enum(OVERLAPS).default('skip').meta({
      description: 'A firing that comes due while the one before still runs: skipped, or run after it, one at most',
    }),
    catchUpSeconds: z.int().min(CATCH_UP_SECONDS.min).max(CATCH_UP_SECONDS.max).default(600).meta({
      description: 'How late a firing may still begin when the server was away; later ones are missed, and told',
    }),
    pauseOnFailure: z.boolean().default(true).meta({
      description: 'A firing that fails, is aborted or rejected pauses the schedule',
    }),
    paused: z.boolean().default(false),
    note: oneLine(512).optional(),
    fleet: FleetSpec,
  })
  .refine(({ cron, calendars }) => cron !== undefined || calendars !== undefined, {
    path: ['cron'],
    message: 'says no time: give cron or calendars',
  })
  .refine(({ fleet: { rollout, requestedBy } }) => !rollout.approval.preventSelfApproval || requestedBy !== undefined, {
    path: ['fleet', 'requestedBy'],
    message: 'is needed where another person has to approve',
  })
  .meta({ id: 'FleetSchedule' });
/** What callers write: fields with defaults may be absent. */
export type FleetScheduleInput = z.input<typeof FleetSchedule>;
/** What our code reads: defaults filled in. */
export type FleetSchedule = z.output<typeof FleetSchedule>;

/** What a firing of a schedule is started with. */
export const ScheduledFleet = z.strictObject({ scheduleId: ScheduleId, spec: FleetSpec });
export type ScheduledFleet = z.output<typeof ScheduledFleet>;

/** Who does something to a schedule, and why. */
export const ScheduleAct = z.strictObject({ by: oneLine(128), reason: oneLine(512) });
export type ScheduleAct = z.output<typeof ScheduleAct>;
