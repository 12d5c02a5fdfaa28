import { parseTemporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { listSchedulesAt } from '../../temporal/read-runs.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { ReimageNotFoundError } from '../reimage-errors.js';
import { readScheduleState } from './read-schedule.js';
import type { ScheduleState } from './schedule-state.js';

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
