import * as z from 'zod';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A span of time as people write it, `45`, `90s`, `30m`, `24h` or `7d`, in seconds. */
export const Duration = z
  .string()
  .regex(/^\d{1,7}[smhd]?$/, 'must be a duration such as 90s, 30m, 24h or 7d')
  .transform(secondsOf);

function secondsOf(text: string): number {
  const unit = text.at(-1);
  const seconds = unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? SECONDS[unit] : 1;
  return Number.parseInt(text, 10) * seconds;
}

/** A span of time with its unit, as a file may have it where a field is named in seconds. */
export const SPAN = /^\d{1,7}[smhd]$/;

/**
 * What a person has written in a file, with spans of time such as `5m` as the numbers that they stand for, wherever a
 * field is named as one in seconds. All else is left as it is.
 */
export function withSpansInSeconds(value: unknown, field = ''): unknown {
  if (typeof value === 'string') return field.endsWith('Seconds') && SPAN.test(value) ? secondsOf(value) : value;
  if (Array.isArray(value)) return value.map((each) => withSpansInSeconds(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withSpansInSeconds(each, name)]));
}
