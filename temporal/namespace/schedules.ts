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
const MOST = 1_000;

interface SchedulesToVisit {
  readonly regionId: string;
  readonly visit: (schedule: ScheduleOfRegion) => void;
  /** @default 1000 */
  readonly most?: number;
}

/** How many schedules that start fleets there are, and how many of them were looked at. */
export interface SchedulesRead {
  readonly found: number;
  readonly read: number;
}

/**
 * Hands over the schedules that may start a fleet in a region, each as it is read: together they may be larger than a worker
 * should hold. Of more than `most` only the first are looked at. Which there are Temporal's list
 * tells, which lags by a moment.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function visitSchedulesOfRegion(
  client: Client,
  { regionId, visit, most = MOST }: SchedulesToVisit,
  ask: Ask,
): Promise<SchedulesRead> {
  const ids = await ask(() => listedIds(client));
  const first = ids.slice(0, most);
  await inTurns(first, async (id) => {
    const read = await ask(() => readOrGone(client, id));
    if (read !== null && mayBeOf(read, regionId)) visit(read.schedule);
  });
  return { found: ids.length, read: first.length };
}

async function listedIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, workflowType } of listSchedulesAt(client)) {
    const id = parseTemporalScheduleId(scheduleId);
    if (id !== null && workflowType === WORKFLOW.scheduledFleet) ids.push(id);
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
