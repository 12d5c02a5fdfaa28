/** Nonces that were seen within a window. */
export class NonceMemory {
  readonly #windowMs: number;
  /** Nonce to when it was seen; in order of time. */
  readonly #seen = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Whether the nonce was not seen in the window before `nowMs`; it is seen from now on. */
  isFresh(nonce: string, nowMs: number): boolean {
    for (const [old, seenAt] of this.#seen) {
      if (nowMs - seenAt < this.#windowMs) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(nonce)) return false;
    this.#seen.set(nonce, nowMs);
    return true;
  }
}
