import { DateTime, IANAZone, Settings } from 'luxon';
import { type Maintenance, WEEKDAYS, type WindowOccurrence } from '../../contracts/fleet/maintenance.js';

/** How far ahead is looked: every window opens once a week, so that only a blackout can be longer than that. */
const HORIZON_DAYS = 400;

/** Windows that touch are one opening, up to so long: without an end a fleet could not tell when to stop. */
const LONGEST_MS = 7 * 86_400_000;

/** A zone that the worker does not know: nothing may start by it. */
export class UnknownZoneError extends Error {
  override readonly name = 'UnknownZoneError';
}

/** One opening before it is told: its first and last moment. */
interface Span {
  readonly opens: Edge;
  readonly closes: Edge;
}

/**
 * The next openings of the windows, in order; the first may be one that is open at `from`. Windows that overlap or
 * touch are one. Fewer than asked for where no more are to come within 400 days.
 *
 * On a day on which daylight saving changes: an edge at a time that does not exist is where the clock is set forward,
 * one at a time that happens twice is the first of the two; `local` says so.
 * @param from - ISO 8601
 * @throws UnknownZoneError
 */
export function occurrencesFrom(maintenance: Maintenance, from: string, count: number): WindowOccurrence[] {
  const { zone } = maintenance;
  if (!IANAZone.isValidZone(zone)) {
    throw new UnknownZoneError(`there is no time zone ${JSON.stringify(zone)}; name one such as Asia/Shanghai`);
  }
  const start = DateTime.fromISO(from, { zone });
  const openings: WindowOccurrence[] = [];
  for (const span of joined(spansFrom(maintenance, start))) {
    if (span.closes.at <= start) continue;
    if (openings.length >= count) break;
    openings.push(told(span, zone));
  }
  return openings;
}

/** Every opening by itself, in order, from the day before `start`, whose windows may reach over midnight. */
function* spansFrom({ zone, windows, blackout }: Maintenance, start: DateTime): Generator<Span> {
  const first = DateTime.utc(start.year, start.month, start.day).minus({ days: 2 });
  for (let days = 0; days <= HORIZON_DAYS; days += 1) {
    const date = first.plus({ days });
    if (isBlack(date, blackout)) continue;
    const weekday = WEEKDAYS[date.weekday - 1];
    const spans = windows
      .filter((window) => weekday !== undefined && window.days.includes(weekday))
      .map(({ from, to }) => {
        const opens = edgeAt(date, from, zone);
        const next = date.plus({ days: 1 });
        if (to > from) return { opens, closes: edgeAt(date, to, zone) };
        if (to === '00:00' || !isBlack(next, blackout)) return { opens, closes: edgeAt(next, to, zone) };
        const midnight = edgeAt(next, '00:00', zone);
        return { opens, closes: { ...midnight, note: `closes early: ${next.toISODate()} is a blackout date` } };
      });
    yield* spans.filter(({ opens, closes }) => closes.at > opens.at).toSorted((a, b) => +a.opens.at - +b.opens.at);
  }
}

function isBlack(date: DateTime, blackout: Maintenance['blackout']): boolean {
  const day = date.toISODate();
  return blackout.some((each) => (typeof each === 'string' ? each === day : each.from <= day && day <= each.to));
}

function* joined(spans: Iterable<Span>): Generator<Span> {
  let current: Span | null = null;
  for (const span of spans) {
    if (current === null || span.opens.at > current.closes.at) {
      if (current !== null) yield current;
      current = span;
    } else if (span.closes.at > current.closes.at) {
      const { opens, closes }: Span = current;
      if (+span.closes.at - +opens.at <= LONGEST_MS) {
        current = { opens, closes: span.closes };
      } else {
        yield current;
        current = { opens: { at: closes.at, note: null }, closes: span.closes };
      }
    }
  }
  if (current !== null) yield current;
}

function told({ opens, closes }: Span, zone: string): WindowOccurrence {
  const shift = closes.at.offset - opens.at.offset;
  const change = shift > 0 ? `set forward ${shift} min` : `set back ${-shift} min`;
  const notes = [opens.note, closes.note, shift === 0 ? null : `the clock is ${change} in it`].filter(
    (note) => note !== null,
  );
  const text = `${localText(opens.at)} to ${localText(closes.at)} ${zone}`;
  return {
    opensAt: opens.at.toUTC().toISO(),
    closesAt: closes.at.toUTC().toISO(),
    local: notes.length === 0 ? text : `${text} (${notes.join('; ')})`,
  };
}

function localText(at: DateTime): string {
  return at.toFormat('ccc yyyy-MM-dd HH:mm ZZ', { locale: 'en' });
}

declare module 'luxon' {
  interface TSSettings {
    throwOnInvalid: true;
  }
}
// Luxon passes invalid times on in silence otherwise.
Settings.throwOnInvalid = true;

/** A local time of one day as an instant, with what daylight saving did to it. */
export interface Edge {
  readonly at: DateTime;
  readonly note: string | null;
}

/**
 * When a clock on the wall shows a time on a date. A time that the clock leaves out is where it is set forward; of one
 * that it shows twice the first is taken.
 * @param date - its year, month and day are the local date
 * @param time - such as `22:30`
 */
export function edgeAt(date: DateTime, time: string, zone: string): Edge {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const { year, month, day } = date;
  const guess = DateTime.fromObject({ year, month, day, hour, minute }, { zone });
  const isThere = guess.day === day && guess.hour === hour && guess.minute === minute;
  if (!isThere) {
    const at = clockChangeBefore(guess);
    const note = `${date.toISODate()} has no ${time}: the clock is set forward then, to ${at.toFormat('HH:mm')}`;
    return { at, note };
  }
  const [first = guess, ...others] = guess.getPossibleOffsets().toSorted((a, b) => +a - +b);
  if (others.length === 0) return { at: first, note: null };
  return { at: first, note: `${time} happens twice on ${date.toISODate()}: the first is taken` };
}

/** Longest that a clock was ever set forward: a day, where the date line moved. */
const LONGEST_CHANGE_MINUTES = 25 * 60;

/** The moment at which the clock is set forward, for what Luxon has made of a time that is left out: it lies after it. */
function clockChangeBefore(after: DateTime): DateTime {
  let [same, other] = [0, LONGEST_CHANGE_MINUTES];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (after.minus({ minutes: middle }).offset === after.offset) same = middle;
    else other = middle;
  }
  return after.minus({ minutes: same });
}
