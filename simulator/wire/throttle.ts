import { ApiError } from './api-error.js';
import type { Assumptions } from '../assumptions.js';

const MINUTE_MS = 60_000;

/** 429 as the gateway says it, for whichever reason. */
export function throttled({ throttleStatus }: Assumptions, retryAfterSeconds: number | null): ApiError {
  return new ApiError(429, throttleStatus, 'minute rate limit exceeded, role:ak', retryAfterSeconds);
}

/** Counts the calls of the access key within each minute of the clock. */
export class MinuteLimit {
  readonly #assumptions: Assumptions;
  #minute = 0;
  #calls = 0;

  constructor(assumptions: Assumptions) {
    this.#assumptions = assumptions;
  }

  /** @throws ApiError 429 */
  count(nowMs: number): void {
    const { callsPerMinute } = this.#assumptions;
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) this.#calls = 0;
    this.#minute = minute;
    this.#calls++;
    if (callsPerMinute > 0 && this.#calls > callsPerMinute) throw throttled(this.#assumptions, null);
  }
}
