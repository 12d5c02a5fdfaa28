import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { parseTemporalScheduleId, temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { ScheduledFleet } from '../../contracts/fleet/fleet-schedule.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { WORKFLOW } from '../../contracts/names.js';
import { describeScheduleAt, inTurns, listSchedulesAt } from './runs.js';

/** A schedule that is not paused, and what it starts. */
export interface ScheduleOfRegion {
  readonly scheduleId: string;
  /** When it fires next (ISO 8601, UTC); null for never. */
  readonly nextAt: string | null;
  /** Null where it cannot be read, as with another key: its region is not known then. */
  readonly fleet: Pick<FleetSpec, 'name' | 'select' | 'exclude'> | null;
}

type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/** Schedules that are looked at: each takes a question of its own. */
const MOST = 200;

/**
 * The schedules that may start a fleet in a region. Which there are Temporal's list tells, which lags by a moment.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readSchedulesOfRegion(client: Client, regionId: string, ask: Ask): Promise<ScheduleOfRegion[]> {
  const ids = await ask(() => listedIds(client));
  const read = await inTurns(ids, (id) => ask(() => readOrGone(client, id)));
  return read.flatMap((each) => (each === null || !mayBeOf(each, regionId) ? [] : [each.schedule]));
}

async function listedIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, workflowType } of listSchedulesAt(client)) {
    const id = parseTemporalScheduleId(scheduleId);
    if (id !== null && workflowType === WORKFLOW.scheduledFleet) ids.push(id);
    if (ids.length >= MOST) break;
  }
  return ids;
}

interface Read {
  readonly schedule: ScheduleOfRegion;
  readonly regionId: string | null;
}

/** Null for one that is paused, or was deleted meanwhile. */
async function readOrGone(client: Client, scheduleId: string): Promise<Read | null> {
  try {
    const { action, info, state } = await describeScheduleAt(client, temporalScheduleId(scheduleId));
    if (state.paused) return null;
    const input = ScheduledFleet.safeParse(action.args?.[0]);
    const spec = input.success ? input.data.spec : null;
    const nextAt = info.nextActionTimes[0]?.toISOString() ?? null;
    return { schedule: { scheduleId, nextAt, fleet: spec }, regionId: spec?.regionId ?? null };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function mayBeOf(read: Read, regionId: string): boolean {
  return read.regionId === null || read.regionId === regionId;
}
