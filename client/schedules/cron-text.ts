import { type CalendarSpecDescription, DAYS_OF_WEEK, MONTHS, type Range } from '@temporalio/client';

/** The times of a schedule as the server keeps them, as a cron expression: minute first; with seconds, and with years, where there are any. */
export function cronText({
  second,
  minute,
  hour,
  dayOfMonth,
  month,
  year,
  dayOfWeek,
}: CalendarSpecDescription): string {
  const months = month.map(({ start, end, step }) => ({ start: monthOf(start), end: monthOf(end), step }));
  const fields = [
    rangesText(minute, 0, 59),
    rangesText(hour, 0, 23),
    rangesText(dayOfMonth, 1, 31),
    rangesText(months, 1, 12),
    rangesText(weekdaysOf(dayOfWeek), 0, 6),
  ];
  const seconds = rangesText(second, 0, 59);
  const years = year.length === 0 ? '*' : rangesText(year, 0, Infinity);
  if (seconds !== '0') return [seconds, ...fields, years].join(' ');
  return [...fields, ...(years === '*' ? [] : [years])].join(' ');
}

/** The number of a month, from 1. */
export function monthOf(month: (typeof MONTHS)[number]): number {
  return MONTHS.indexOf(month) + 1;
}

/** Days of the week as numbers; Sunday is 0. */
export function weekdaysOf(ranges: CalendarSpecDescription['dayOfWeek']): Range<number>[] {
  return ranges.map(({ start, end, step }) => ({
    start: DAYS_OF_WEEK.indexOf(start),
    end: DAYS_OF_WEEK.indexOf(end),
    step,
  }));
}

function rangesText(ranges: readonly Range<number>[], first: number, last: number): string {
  return ranges.map((range) => rangeText(range, first, last)).join(',');
}

function rangeText({ start, end, step }: Range<number>, first: number, last: number): string {
  const steps = step > 1 ? `/${step}` : '';
  if (start === first && end === last) return `*${steps}`;
  return end <= start ? String(start) : `${start}-${end}${steps}`;
}
