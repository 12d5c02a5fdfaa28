import type { CalendarSpecDescription, ScheduleExecutionResult } from '@temporalio/client';
import { msToTs, optionalTsToDate } from '@temporalio/common/lib/time.js';
import { parseTemporalScheduleId, temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { ScheduledFleet } from '../../contracts/fleet/fleet-schedule.js';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { TaskFailure } from '../../contracts/task-failure.js';
import {
  describeScheduleAt,
  listSchedulesAt,
  type RunDescription,
  type ScheduleRead,
} from '../../temporal/namespace/runs.js';
import { readTaskFailure } from '../../temporal/namespace/task-failure.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { ReimageNotFoundError } from '../connection/errors.js';
import { describeFleet, findFleet } from '../fleets/find.js';
import { fleetFromInfo } from '../fleets/operation.js';
import { cronText } from './cron-text.js';
import { clockChanges, type DaylightTrap, daylightTraps, firingTimes } from './daylight-saving.js';
import { callSchedule, type Firing, noSuchSchedule, type ScheduleDetails, type ScheduleState } from './state.js';

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

/** Schedules of ours that are listed at most. */
const MOST = 1000;

/**
 * All schedules of ours in the namespace, by their ids. Each is read by itself, since Temporal's list does not tell what
 * was missed or skipped; it lags by a moment. One that cannot be decrypted is among them, and says so.
 * @throws ReimageUnreachableError
 */
export async function listSchedules(context: ClientContext): Promise<ScheduleState[]> {
  const ids = await callTemporal(context, async () => {
    const all: string[] = [];
    for await (const { scheduleId, workflowType } of listSchedulesAt(context.client)) {
      const id = parseTemporalScheduleId(scheduleId);
      if (id !== null && workflowType === WORKFLOW.scheduledFleet) all.push(id);
      if (all.length >= MOST) break;
    }
    return all.toSorted();
  });
  const states: ScheduleState[] = [];
  for (const id of ids) {
    const state = await stateOrGone(context, id);
    if (state !== null) states.push(state);
  }
  return states;
}

/** Null for one that was deleted meanwhile. */
async function stateOrGone(context: ClientContext, id: string): Promise<ScheduleState | null> {
  try {
    return await readScheduleState(context, id);
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}

const DAY_MS = 86_400_000;
/** Spans that are asked about until there are enough times: the server gives a thousand of them at most, and some fire once a year. */
const SPANS_DAYS = [1, 10, 100, 1500] as const;

/**
 * The next times at which a schedule fires, as the server computes them, its jitter included; of one that is paused
 * those at which it would. Fewer than asked for where no more come within four years.
 * @throws ReimageNotFoundError `ScheduleNotFound` · ReimageUnreachableError
 */
export async function nextTimes(
  context: ClientContext,
  scheduleId: string,
  count: number,
  from: Date,
): Promise<Date[]> {
  let times: Date[] = [];
  for (const days of SPANS_DAYS) {
    times = await timesBetween(context, scheduleId, from, new Date(from.getTime() + days * DAY_MS));
    if (times.length >= count) break;
  }
  return times.slice(0, count);
}

/** The times in a span at which a schedule fires, a thousand at most. @throws as {@link nextTimes} */
export async function timesBetween(context: ClientContext, scheduleId: string, from: Date, to: Date): Promise<Date[]> {
  const { client } = context;
  const { startTime } = await callSchedule(context, scheduleId, () =>
    client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: temporalScheduleId(scheduleId),
      startTime: msToTs(from.getTime()),
      endTime: msToTs(to.getTime()),
    }),
  );
  return startTime.flatMap((time) => optionalTsToDate(time) ?? []);
}

/** Around a change of the clock: no clock is set by more than this. */
const AROUND_MS = 2 * 3_600_000;

/** What daylight saving does to a schedule within about a year, by the server's own times. @throws ReimageUnreachableError */
export async function readDaylight(
  context: ClientContext,
  scheduleId: string,
  { calendars, zone }: { readonly calendars: readonly CalendarSpecDescription[]; readonly zone: string },
  from: Date,
): Promise<DaylightTrap[]> {
  const traps: DaylightTrap[] = [];
  for (const change of clockChanges(zone, from)) {
    const [first, last] = [new Date(change.at - AROUND_MS), new Date(change.at + AROUND_MS)];
    const times = await timesBetween(context, scheduleId, first, last);
    traps.push(...daylightTraps(calendars, zone, change, times));
  }
  return traps;
}

/** What has become of firings, newest first. @throws ReimageUnreachableError */
export async function readFirings(
  context: ClientContext,
  actions: readonly ScheduleExecutionResult[],
): Promise<Firing[]> {
  return await Promise.all(actions.toReversed().map((action) => readFiring(context, action)));
}

async function readFiring(
  context: ClientContext,
  { scheduledAt, takenAt, action }: ScheduleExecutionResult,
): Promise<Firing> {
  const { workflowId: operationId } = action.workflow;
  const firing = { dueAt: scheduledAt.toISOString(), startedAt: takenAt.toISOString(), operationId };
  const description = await describeFleet(context, operationId);
  if (description === null)
    return { ...firing, fleetId: null, status: 'forgotten', leftAlone: null, triggeredBy: null };
  const told = {
    leftAlone: textOf(description.memo?.[MEMO.skipped]),
    triggeredBy: textOf(description.memo?.[MEMO.triggeredBy]),
  };
  const found = await fleetOfFiring(context, description);
  const fleet = found && fleetFromInfo(found, context);
  const { unreadable } = description;
  const failing = (await taskFailureOf(context, description)) ?? (found && (await taskFailureOf(context, found)));
  const all = {
    ...told,
    ...(failing !== null && { taskFailure: failing }),
    ...(unreadable !== null && { unreadable }),
  };
  if (fleet !== null) return { ...firing, fleetId: fleet.fleetId, status: fleet.status, ...all };
  return { ...firing, fleetId: null, status: statusWithoutFleet(description), ...all };
}

async function taskFailureOf(context: ClientContext, run: RunDescription): Promise<TaskFailure | null> {
  return await callTemporal(context, () => readTaskFailure(context.client, run));
}

function textOf(memo: unknown): string | null {
  return typeof memo === 'string' && memo !== '' ? memo : null;
}

/** It ends as its fleet does, also where the index does not know that one yet, or any more. */
function statusWithoutFleet({ status: { name } }: RunDescription): Firing['status'] {
  if (name === 'RUNNING') return 'planning';
  return name === 'COMPLETED' ? 'done' : 'failed';
}

/** The fleet that a firing has started; null where there is none, or it was forgotten. */
async function fleetOfFiring(context: ClientContext, description: RunDescription): Promise<RunDescription | null> {
  // Firings of older workers became the fleet themselves.
  if (description.type === WORKFLOW.reimageFleet) return description;
  const { memo, typedSearchAttributes: attributes } = description;
  const fleetId = memo?.[MEMO.fleetId];
  const regionId = attributes.get(SEARCH_ATTRIBUTE.region);
  if (typeof fleetId !== 'string' || regionId === undefined) return null;
  try {
    return await findFleet(context, { fleetId, regionId });
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}
