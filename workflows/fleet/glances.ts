/** Longest pause between two glances, unless the policy's own is longer. */
const LONGEST_PAUSE_MS = 300_000;

/**
 * When a fleet that is kept from starting by machines that are down looks at these again: at first as often as its
 * policy says, then ever more seldom, and as often as at first again once anything has changed. Pure.
 */
export class Glances {
  readonly #shortestMs: number;
  readonly #longestMs: number;
  #version = -1;
  #why: string | null = null;
  #pauseMs = 0;
  #at = 0;

  constructor(lookSeconds: number) {
    this.#shortestMs = lookSeconds * 1000;
    this.#longestMs = Math.max(this.#shortestMs, LONGEST_PAUSE_MS);
  }

  /** Why the fleet was blocked, where nothing has changed since: whoever may be started, it is nobody still. @param version - of the record */
  whySince(version: number): string | null {
    return version === this.#version ? this.#why : null;
  }

  /** The fleet is blocked, as far as anybody knows now. @returns when to look again */
  blocked(version: number, why: string, now: number): number {
    const isSame = version === this.#version;
    if (isSame && now < this.#at) return this.#at;
    this.#pauseMs = isSame ? Math.min(2 * this.#pauseMs, this.#longestMs) : this.#shortestMs;
    this.#version = version;
    this.#why = why;
    this.#at = now + this.#pauseMs;
    return this.#at;
  }
}
