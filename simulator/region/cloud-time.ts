const BEIJING_OFFSET_MS = 8 * 3_600_000;

/** `YYYY-MM-DD HH:mm:ss` in Beijing time, the form of launchTime and createTime. */
export function beijingTime(epochMs: number): string {
  return new Date(epochMs + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** ISO 8601 in UTC without milliseconds, the form of charge times, from a Beijing time. */
export function utcFromBeijing(beijing: string): string {
  const epochMs = Date.parse(`${beijing.replace(' ', 'T')}Z`) - BEIJING_OFFSET_MS;
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
