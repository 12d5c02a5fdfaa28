/** Whether a stop or start whose answer was lost may be on its way, and since when. The one place that changes it. */
export class CallsInFlight {
  #since: number | null = null;

  get mayBe(): boolean {
    return this.#since !== null;
  }

  /** Milliseconds since the last was lost; null where none may be out. */
  get ageMs(): number | null {
    return this.#since === null ? null : Date.now() - this.#since;
  }

  /** A call was made whose end nobody knows. */
  lost(): void {
    this.#since = Date.now();
  }

  /** The VM was seen at rest for so long that it would have shown. */
  settled(): void {
    this.#since = null;
  }
}
