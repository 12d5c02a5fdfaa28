import { mayPass, RefusedError, ThrottledError } from '../jdcloud/errors.js';

const SLOWEST_MS = 60_000;

/**
 * Looks refused in a row before a refusal is believed: one bad answer must not end a wait, least of all those of a whole
 * region. One that may pass is never the end: whoever waits has touched the VM, and goes on until its own deadline.
 */
const REFUSALS_BELIEVED = 3;

/** What looks that failed mean for those to come: a longer pause, and, where JD Cloud goes on refusing them, the end. */
export class LookFailures {
  readonly #intervalMs: number;
  #slowdownMs = 0;
  #refusals = 0;

  /** @param intervalMs - the usual pause between two looks: the first failure makes it so much slower */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** By how much the next looks are slower. */
  get slowdownMs(): number {
    return this.#slowdownMs;
  }

  /** Takes in a look that failed, and tells whether it is the end. */
  take(error: unknown): boolean {
    const asked = error instanceof ThrottledError ? (error.retryAfterMs ?? 0) : 0;
    this.#slowdownMs = Math.min(Math.max(this.#slowdownMs * 2, this.#intervalMs, asked), SLOWEST_MS);
    this.#refusals = error instanceof RefusedError && !mayPass(error) ? this.#refusals + 1 : 0;
    return this.#refusals >= REFUSALS_BELIEVED;
  }

  /** A look was answered: the pauses come back to what they were by halves. */
  ease(): void {
    this.#slowdownMs = this.#slowdownMs < this.#intervalMs ? 0 : this.#slowdownMs / 2;
    this.#refusals = 0;
  }

  /** A look was answered: the pauses are what they were, at once. */
  forget(): void {
    this.#slowdownMs = 0;
    this.#refusals = 0;
  }
}
