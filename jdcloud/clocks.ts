/** When a request was dated. */
export interface Stamp {
  /** By this machine's clock. */
  readonly machineAt: Date;
  /** What the signature says: the same, corrected. */
  readonly signedAt: Date;
}

/** The clock that dates the signatures of one client. */
export interface SigningClock {
  readonly stamp: () => Stamp;
  /**
   * Corrects all later stamps by a skew that a refusal has shown: milliseconds that this machine's clock is ahead of
   * JD Cloud's. Never by the date of a good answer: what is taken needs no correction, and each date is a second coarse.
   */
  readonly correct: (skewMs: number) => void;
}

/** Begins without a correction. */
export function createSigningClock(now: () => Date): SigningClock {
  let correctionMs = 0;
  return {
    stamp: () => {
      const machineAt = now();
      return { machineAt, signedAt: new Date(machineAt.getTime() - correctionMs) };
    },
    correct: (skewMs) => {
      correctionMs = skewMs;
    },
  };
}

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

/**
 * Reads a date as HTTP writes it, such as `Tue, 24 Nov 2026 06:00:00 GMT`; null for anything else.
 * @see RFC 9110, section 5.6.7
 */
export function parseHttpDate(text: string | null): Date | null {
  const value = text?.trim() ?? '';
  const at = /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at);
}

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

/** Time for pauses: it never goes back and does not jump when someone sets the clock. */
export interface SteadyClock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Runs `run` once, at the earliest after so many milliseconds. Returns what calls it off. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** This process' own. */
export const STEADY_CLOCK: SteadyClock = {
  now: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.ceil(delayMs));
    return () => clearTimeout(timer);
  },
};
