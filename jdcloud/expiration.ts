/** An instant with its zone, as RFC 3339 has it. */
const ZONED = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** What JD Cloud's STS answers. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$/;

/**
 * Reads when credentials expire. JD Cloud's own form has no zone, and no document says which one is meant: credentials
 * with it count as without a time, and are renewed when they are refused.
 * @returns ISO 8601, UTC; null when it is not known
 * @throws Error that names the field, and nothing of its value
 */
export function readExpiration(text: string | null, field: string): string | null {
  if (text === null || text.trim() === '' || WITHOUT_ZONE.test(text.trim())) return null;
  const at = ZONED.test(text.trim()) ? Date.parse(text.trim().replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(at)) throw new Error(`${field} is no time such as 2026-11-30T16:00:00Z`);
  return new Date(at).toISOString();
}
