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
