import { IANAZone, Settings } from 'luxon';

// Luxon passes invalid times on in silence otherwise.
Settings.throwOnInvalid = true;

/** A moment at which the clocks of a zone are set forward or back. */
export interface ClockChange {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Minutes from UTC. */
  readonly before: number;
  readonly after: number;
}

/** Every zone that changes its clocks does so at least once in so many days. */
const HORIZON_DAYS = 370;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Whether there is such a time zone. */
export function isZone(zone: string): boolean {
  return IANAZone.isValidZone(zone);
}

/** The changes of the clock within about a year. Pure. */
export function clockChanges(name: string, from: Date): ClockChange[] {
  const zone = IANAZone.create(name);
  if (!zone.isValid) return [];
  const changes: ClockChange[] = [];
  for (let day = 0; day < HORIZON_DAYS; day += 1) {
    let [low, high] = [from.getTime() + day * DAY_MS, from.getTime() + (day + 1) * DAY_MS];
    const [before, after] = [zone.offset(low), zone.offset(high)];
    if (before === after) continue;
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2);
      if (zone.offset(middle) === before) low = middle;
      else high = middle;
    }
    changes.push({ at: Math.round(high / MINUTE_MS) * MINUTE_MS, before, after });
  }
  return changes;
}
