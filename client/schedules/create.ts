import type { CalendarSpec, ScheduleSpec } from '@temporalio/client';
import { firingWorkflowId, temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import type { Calendar, FleetSchedule, ScheduledFleet } from '../../contracts/fleet/fleet-schedule.js';
import type { WEEKDAYS } from '../../contracts/fleet/maintenance.js';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { CallOptions, ClientContext } from '../connection/context.js';
import { failureOf, ReimageInvalidInputError, toReimageError } from '../connection/errors.js';
import { deleteSchedule, endPause } from './change.js';
import { isZone } from './daylight-saving.js';
import { readSchedule } from './read.js';
import { readStored, rewriteSchedule } from './rewrite.js';
import { callSchedule, type ScheduleDetails } from './state.js';

export interface ScheduleCreateOptions extends CallOptions {
  /**
   * Shown what the server makes of the schedule, with its next times, before it may fire. False, or an error, deletes it.
   * Without this it fires as soon as it is created.
   */
  readonly confirm?: (shown: ScheduleDetails) => boolean | Promise<boolean>;
}

const OVERLAP_OF = { skip: 'SKIP', 'buffer-one': 'BUFFER_ONE' } as const;
const DAY_OF = {
  mon: 'MONDAY',
  tue: 'TUESDAY',
  wed: 'WEDNESDAY',
  thu: 'THURSDAY',
  fri: 'FRIDAY',
  sat: 'SATURDAY',
  sun: 'SUNDAY',
} as const satisfies Record<(typeof WEEKDAYS)[number], string>;
const MONTH_OF = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

const UNCONFIRMED = 'created, and not confirmed yet: `reimage schedule resume` confirms it';

/**
 * Creates a schedule: paused first, so that what is shown of it is what the server will do; then it is let go, unless it
 * was to be paused. Needs no worker.
 * @throws ReimageError `ScheduleExists` · `NotConfirmed` · `ScheduleChanged` · ReimageInvalidInputError, also for a zone or times that the
 * server does not know · ReimageUnreachableError
 */
export async function createSchedule(
  context: ClientContext,
  schedule: FleetSchedule,
  { confirm = () => true }: ScheduleCreateOptions = {},
): Promise<ScheduleDetails> {
  const { id, zone, paused, fleet } = schedule;
  if (!isZone(zone)) {
    throw new ReimageInvalidInputError('zone: there is no such time zone; name one such as Asia/Shanghai', 'zone');
  }
  await callSchedule(context, id, () => createPaused(context, schedule));
  try {
    const shown = await readSchedule(context, id);
    if (shown.next.length === 0) {
      throw new ReimageInvalidInputError('cron: by these times it would never fire. Nothing was created.', 'cron');
    }
    if (!(await confirm(shown))) {
      throw toReimageError(failureOf('NotConfirmed', `Schedule ${id} was not confirmed. Nothing was created.`));
    }
  } catch (error) {
    await deleteUnconfirmed(context, id);
    throw error;
  }
  const note = schedule.note ?? createdNote(fleet);
  await (paused ? keepPaused(context, id, note) : endPause(context, id, note, UNCONFIRMED));
  return await readSchedule(context, id);
}

/** One that somebody has paused, resumed or deleted while it was shown is theirs. */
async function deleteUnconfirmed(context: ClientContext, id: string): Promise<void> {
  const { schedule } = await readStored(context, id);
  if (schedule.state?.notes === UNCONFIRMED) await deleteSchedule(context, id);
}

async function keepPaused(context: ClientContext, id: string, notes: string): Promise<void> {
  await rewriteSchedule(context, id, ({ schedule }) =>
    schedule.state?.notes === UNCONFIRMED ? { ...schedule, state: { ...schedule.state, notes } } : null,
  );
}

async function createPaused({ client, taskQueue }: ClientContext, schedule: FleetSchedule) {
  const { id: scheduleId, overlap, catchUpSeconds, pauseOnFailure, fleet } = schedule;
  const { regionId, requestedBy, reason } = fleet;
  return await client.schedule.create<(input: ScheduledFleet) => Promise<unknown>>({
    scheduleId: temporalScheduleId(scheduleId),
    spec: specOf(schedule),
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW.scheduledFleet,
      workflowId: firingWorkflowId({ regionId, scheduleId }),
      taskQueue,
      args: [{ scheduleId, spec: fleet }],
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTE.region, value: regionId }],
      memo: {
        [MEMO.scheduleId]: scheduleId,
        ...(requestedBy !== undefined && { [MEMO.requestedBy]: requestedBy }),
        ...(reason !== undefined && { [MEMO.reason]: reason }),
      },
      staticSummary: `schedule ${scheduleId}: plan and reimage fleet ${fleet.name}`.slice(0, 120),
    },
    policies: { overlap: OVERLAP_OF[overlap], catchupWindow: catchUpSeconds * 1000, pauseOnFailure },
    state: { paused: true, note: UNCONFIRMED },
  });
}

function specOf({ cron, calendars, zone, jitterSeconds }: FleetSchedule): ScheduleSpec {
  return {
    timezone: zone,
    ...(cron !== undefined && { cronExpressions: [...cron] }),
    ...(calendars !== undefined && { calendars: calendars.map(calendarOf) }),
    ...(jitterSeconds > 0 && { jitter: jitterSeconds * 1000 }),
  };
}

function calendarOf({ at, weekdays, daysOfMonth, months }: Calendar): CalendarSpec {
  const [hour, minute] = at.split(':').map(Number);
  return {
    hour: hour ?? 0,
    minute: minute ?? 0,
    ...(weekdays !== undefined && { dayOfWeek: weekdays.map((day) => DAY_OF[day]) }),
    ...(daysOfMonth !== undefined && { dayOfMonth: [...daysOfMonth] }),
    ...(months !== undefined && { month: months.map((month) => MONTH_OF[month - 1] ?? 'JANUARY') }),
  };
}

/** Without the reason: notes stand at Temporal in clear, and the fleet holds it. */
function createdNote({ requestedBy }: FleetSchedule['fleet']): string {
  return requestedBy === undefined ? 'created' : `created by ${requestedBy}`;
}
