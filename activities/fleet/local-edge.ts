import { DateTime, Settings } from 'luxon';

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
