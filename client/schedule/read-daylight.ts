import type { CalendarSpecDescription } from '@temporalio/client';
import type { ClientContext } from '../client-context.js';
import { clockChanges } from './clock-changes.js';
import { type DaylightTrap, daylightTraps } from './daylight-traps.js';
import { timesBetween } from './next-times.js';

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
