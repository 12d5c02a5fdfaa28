import { parseHttpDate } from './http-date.js';

/**
 * Milliseconds to wait by a Retry-After header: seconds or an HTTP date, never below 0.
 * Null when the header is absent or says neither. Whether JD Cloud sends it is not documented.
 * @param now - by the clock of who sent the header
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(header: string | null, now: Date): number | null {
  const value = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = parseHttpDate(value);
  return at === null ? null : Math.max(0, at.getTime() - now.getTime());
}
