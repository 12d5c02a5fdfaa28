import { DAY } from './skipping-world.js';

/*
 * Dates of the calendar as midnights UTC in milliseconds since 1970, computed without the library that the worker
 * computes windows with.
 */

/** Midnight UTC of the date on which a moment falls. */
export function dateOf(at: number): number {
  return Math.floor(at / DAY) * DAY;
}

/** The next date on a weekday, counted from Sunday as 0, that begins after a moment. */
export function nextWeekday(weekday: number, after: number): number {
  const tomorrow = dateOf(after) + DAY;
  return tomorrow + ((weekday - new Date(tomorrow).getUTCDay() + 7) % 7) * DAY;
}

/** New York sets its clock forward on the second Sunday of March, at 02:00 EST. The next such date that begins after a moment. */
export function nextSpringInNewYork(after: number): number {
  return nextOf((year) => sundayFrom(Date.UTC(year, 2, 8)), after);
}

/** Berlin sets its clock back on the last Sunday of October, at 03:00 CEST. The next such date that begins after a moment. */
export function nextAutumnInBerlin(after: number): number {
  return nextOf((year) => sundayFrom(Date.UTC(year, 9, 25)), after);
}

/** `2027-03-14` for a midnight. */
export function dayText(date: number): string {
  return new Date(date).toISOString().slice(0, 10);
}

function nextOf(dateIn: (year: number) => number, after: number): number {
  const year = new Date(after).getUTCFullYear();
  const thisYear = dateIn(year);
  return thisYear > after ? thisYear : dateIn(year + 1);
}

function sundayFrom(date: number): number {
  return date + ((7 - new Date(date).getUTCDay()) % 7) * DAY;
}
