import { msToTs, optionalTsToDate } from '@temporalio/common/lib/time.js';
import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import type { ClientContext } from '../client-context.js';
import { callSchedule } from './call-schedule.js';

const DAY_MS = 86_400_000;
/** Spans that are asked about until there are enough times: the server gives a thousand of them at most, and some fire once a year. */
const SPANS_DAYS = [1, 10, 100, 1500] as const;

/**
 * The next times at which a schedule fires, by the server's own reckoning, its jitter included; of one that is paused
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
