import { parseHttpDate } from './http-date.js';
import type { Stamp } from './signing-clock.js';

/**
 * A refused call whose date was off by more than this was refused for its date. JD Cloud documents no limit; no signed
 * API is known to grant less, and a mistake costs one more call with a better date, refused once more for its real reason.
 */
export const STALE_DATE_MS = 60_000;

/** What the header Date of an answer tells. */
export interface AnswerClock {
  /** When the answer was given, by JD Cloud's clock; by this machine's where the answer has no date. */
  readonly at: Date;
  /** Milliseconds that this machine's clock is ahead of JD Cloud's, negative when it is behind; null without a date. */
  readonly skewMs: number | null;
  /** Whether the date of the signature was too far off, be it by the clock or because the process stood still. */
  readonly isDateStale: boolean;
}

/** Holds the date of an answer against that of its request. Good to about a second. */
export function readAnswerClock(date: string | null, { machineAt, signedAt }: Stamp, answeredAt: Date): AnswerClock {
  const at = parseHttpDate(date);
  if (at === null) return { at: answeredAt, skewMs: null, isDateStale: false };
  const ahead = (ours: Date) => ours.getTime() - at.getTime();
  // A process that stood still before it sent, or before it read, must not take the pause for skew.
  const [atSending, atReading] = [ahead(machineAt), ahead(answeredAt)];
  const skewMs = Math.abs(atSending) < Math.abs(atReading) ? atSending : atReading;
  return { at, skewMs, isDateStale: Math.abs(ahead(signedAt)) > STALE_DATE_MS };
}

/** `1200 s ahead of JD Cloud's`, for messages. */
export function describeSkew(skewMs: number): string {
  return `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} JD Cloud's`;
}
