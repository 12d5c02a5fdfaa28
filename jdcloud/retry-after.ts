/**
 * Milliseconds to wait by a Retry-After header: seconds or an HTTP date, never below 0.
 * Null when the header is absent or says neither. Whether JD Cloud sends it is not documented.
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(header: string | null, now: Date): number | null {
  const value = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
