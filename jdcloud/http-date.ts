/**
 * Reads a date as HTTP writes it, such as `Tue, 24 Nov 2026 06:00:00 GMT`; null for anything else.
 * @see RFC 9110, section 5.6.7
 */
export function parseHttpDate(text: string | null): Date | null {
  const value = text?.trim() ?? '';
  const at = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at);
}
