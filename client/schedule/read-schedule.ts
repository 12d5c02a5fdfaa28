import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { ScheduledFleet } from '../../contracts/fleet/fleet-schedule.js';
import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { describeScheduleAt, type ScheduleRead } from '../../temporal/read-runs.js';
import type { ClientContext } from '../client-context.js';
import { callSchedule, noSuchSchedule } from './call-schedule.js';
import { cronText } from './cron-text.js';
import { firingTimes } from './daylight-traps.js';
import { readDaylight } from './read-daylight.js';
import { readFirings } from './read-firings.js';
import type { ScheduleDetails, ScheduleState } from './schedule-state.js';

const UTC = 'UTC';

/** What Temporal says of a schedule of ours. @throws ReimageNotFoundError `ScheduleNotFound` · ReimageUnreachableError */
export async function describeSchedule(context: ClientContext, scheduleId: string): Promise<ScheduleRead> {
  const id = temporalScheduleId(scheduleId);
  const description = await callSchedule(context, scheduleId, () => describeScheduleAt(context.client, id));
  if (description.action.workflowType !== WORKFLOW.scheduledFleet) throw noSuchSchedule(scheduleId, context);
  return description;
}

/** A schedule without its firings. Needs no worker. @throws ReimageNotFoundError `ScheduleNotFound` · ReimageUnreachableError */
export async function readScheduleState(context: ClientContext, scheduleId: string): Promise<ScheduleState> {
  return stateOf(scheduleId, await describeSchedule(context, scheduleId));
}

/** A schedule whole. Needs no worker. @throws ReimageNotFoundError `ScheduleNotFound` · ReimageUnreachableError */
export async function readSchedule(context: ClientContext, scheduleId: string): Promise<ScheduleDetails> {
  const description = await describeSchedule(context, scheduleId);
  const { calendars = [], timezone } = description.spec;
  const traps = await readDaylight(context, scheduleId, { calendars, zone: timezone || UTC }, new Date());
  return {
    ...stateOf(scheduleId, description),
    firings: await readFirings(context, description.info.recentActions),
    daylight: traps.map(({ text }) => text),
    spec: specOf(description),
  };
}

function stateOf(scheduleId: string, description: ScheduleRead): ScheduleState {
  const { spec, policies, state, info, unreadable } = description;
  const zone = spec.timezone || UTC;
  return {
    scheduleId,
    ...fleetNamesOf(description),
    times: timesOf(spec),
    zone,
    jitterSeconds: (spec.jitter ?? 0) / 1000,
    overlap: policies.overlap?.toLowerCase().replaceAll('_', '-') ?? 'skip',
    catchUpSeconds: policies.catchupWindow / 1000,
    pauseOnFailure: policies.pauseOnFailure,
    paused: state.paused,
    note: state.note || null,
    fired: info.numActionsTaken,
    missed: info.numActionsMissedCatchupWindow,
    skipped: info.numActionsSkippedOverlap,
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    next: firingTimes(info.nextActionTimes, zone),
    createdAt: info.createdAt.toISOString(),
    updatedAt: info.lastUpdatedAt?.toISOString() ?? null,
    ...(unreadable !== null && { unreadable }),
  };
}

function fleetNamesOf(description: ScheduleRead): Pick<ScheduleState, 'regionId' | 'fleet'> {
  const spec = specOf(description);
  // Where its input cannot be decrypted, its region stands in clear all the same.
  const { typedSearchAttributes: attributes } = description.action;
  const region = Array.isArray(attributes) ? undefined : attributes?.get(SEARCH_ATTRIBUTE.region);
  return { regionId: spec?.regionId ?? region ?? '', fleet: spec?.name ?? '' };
}

function timesOf({ calendars = [], intervals = [] }: ScheduleRead['spec']): string[] {
  return [...calendars.map(cronText), ...intervals.map(({ every }) => `every ${every / 1000} s`)];
}

function specOf({ action }: ScheduleRead): ScheduledFleet['spec'] | null {
  const input = ScheduledFleet.safeParse(action.args?.[0]);
  return input.success ? input.data.spec : null;
}
