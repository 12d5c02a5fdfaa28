import type { CalendarSpecDescription, Range } from '@temporalio/client';
import { DateTime, IANAZone, Settings } from 'luxon';
import { monthOf, weekdaysOf } from './cron-text.js';

/** What a change of the clock does to a schedule. */
export interface DaylightTrap {
  /**
   * `left-out`: nothing fires at this local time. `twice`: the clock shows it twice, and both times it fires. `beside`: it
   * fires at this one though none of its times says so.
   */
  readonly kind: 'left-out' | 'twice' | 'beside';
  /** The local time, as `2027-03-28 02:30`. */
  readonly local: string;
  /** In one line. */
  readonly text: string;
}

/** One time at which a schedule fires. */
export interface FiringTime {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** How it reads in the zone of the schedule, with the offset from UTC. */
  readonly local: string;
  /** What daylight saving does to it; null: nothing. */
  readonly note: string | null;
}

const TEXT = {
  'left-out': 'does not fire: the clock is changed then',
  twice: 'fires twice: the clock is set back then',
  beside: 'fires though none of its times says so: the clock is changed then',
} as const;

const MINUTE = 'yyyy-MM-dd HH:mm';
/** Local times of one change that are told. */
const MOST_TOLD = 3;

/**
 * What a change of the clock does to a schedule, by what the server says of the hours around it: servers have ways of
 * their own with a time that comes twice. Schedules of every hour have no such trap. Pure.
 * @param calendars - the times as the server keeps them
 * @param times - at which it fires around the change
 */
export function daylightTraps(
  calendars: readonly CalendarSpecDescription[],
  zone: string,
  change: ClockChange,
  times: readonly Date[],
): DaylightTrap[] {
  const some = calendars.filter((calendar) => !isHourly(calendar));
  if (some.length < calendars.length) return [];
  const fired = times.map((time) => DateTime.fromJSDate(time, { zone }));
  const countOf = (local: DateTime) => fired.filter((each) => each.toFormat(MINUTE) === local.toFormat(MINUTE)).length;
  const struck = minutesOf(change).filter((local) => fires(some, local));
  const traps = [
    ...struck.filter((local) => countOf(local) === 0).map((local) => trapOf('left-out', local, zone)),
    ...struck.filter((local) => countOf(local) > 1).map((local) => trapOf('twice', local, zone)),
    ...fired.filter((local) => !fires(some, local)).map((local) => trapOf('beside', local, zone)),
  ];
  return traps.slice(0, MOST_TOLD);
}

/** The times at which a schedule fires, as people of its zone read them. */
export function firingTimes(times: readonly Date[], zone: string): FiringTime[] {
  return times.map((time) => {
    const at = DateTime.fromJSDate(time, { zone });
    const all = at.getPossibleOffsets().toSorted((a, b) => +a - +b);
    const which = +at === +(all[0] ?? at) ? 'first' : 'second';
    return {
      at: time.toISOString(),
      local: at.toFormat('ccc yyyy-MM-dd HH:mm:ss ZZ', { locale: 'en' }),
      note: all.length < 2 ? null : `the clock shows ${at.toFormat('HH:mm')} twice that day: the ${which} of them`,
    };
  });
}

/** Each minute that the clock on the wall skips, or shows twice, at a change; as local times without a zone. Pure. */
function minutesOf({ at, before, after }: ClockChange): DateTime[] {
  const first = at + Math.min(before, after) * 60_000;
  return Array.from({ length: Math.abs(after - before) }, (_, index) =>
    DateTime.fromMillis(first + index * 60_000, { zone: 'utc' }),
  );
}

function isHourly({ hour }: CalendarSpecDescription): boolean {
  return hour.some(({ start, end, step }) => start === 0 && end === 23 && step <= 1);
}

/** Whether a schedule fires at some second of a local minute. */
function fires(calendars: readonly CalendarSpecDescription[], local: DateTime): boolean {
  const { year, month, day, hour, minute, weekday } = local;
  return calendars.some((calendar) => {
    const months = calendar.month.map(({ start, end, step }) => ({ start: monthOf(start), end: monthOf(end), step }));
    return (
      holds(calendar.minute, minute) &&
      holds(calendar.hour, hour) &&
      holds(calendar.dayOfMonth, day) &&
      holds(months, month) &&
      holds(weekdaysOf(calendar.dayOfWeek), weekday % 7) &&
      (calendar.year.length === 0 || holds(calendar.year, year))
    );
  });
}

function holds(ranges: readonly Range<number>[], value: number): boolean {
  return ranges.some(
    ({ start, end, step }) =>
      value >= start && value <= Math.max(start, end) && (value - start) % Math.max(1, step) === 0,
  );
}

function trapOf(kind: DaylightTrap['kind'], at: DateTime, zone: string): DaylightTrap {
  const local = at.toFormat(MINUTE);
  return { kind, local, text: `${local} ${zone} ${TEXT[kind]}` };
}

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
