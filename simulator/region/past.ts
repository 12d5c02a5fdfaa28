/** How far behind a read is that comes from a replica. */
export interface Behind {
  /** By how many changes, at most. */
  readonly states: 1 | 2;
  /** How long ago what it shows may have been true, at most; null for however long. */
  readonly withinMs: number | null;
}

interface Left<State> {
  /** Null where it was not there. */
  readonly state: State | null;
  /** When it was left, milliseconds since 1970. */
  readonly at: number;
}

/** What a VM or an image was before its last changes: what a replica shows that is behind. */
export class Past<State> {
  /** The latest first. */
  #left: readonly Left<State>[] = [];

  /** Takes down what it was up to now; null where it was not there. */
  leave(state: State | null, at: number): void {
    this.#left = [{ state, at }, ...this.#left].slice(0, 2);
  }

  /** What a replica shows: one that is behind no more shows what is present. */
  seen<Present>(present: Present, { states, withinMs }: Behind, nowMs: number): State | Present | null {
    const shown = this.#left.slice(0, states).findLast(({ at }) => withinMs === null || nowMs - at <= withinMs);
    return shown === undefined ? present : shown.state;
  }
}
