import { type ApiCall, callName } from './api-call.js';

/** A call that was sent and has no answer yet. */
export interface Unanswered {
  /** For people, as `describeInstances in cn-north-1`. */
  readonly call: string;
  readonly regionId: string;
  /** When it was sent, by this machine's clock. */
  readonly since: Date;
}

/** The calls of a client that are on the wire: not those that wait for credentials or for their turn. */
export class CallsUnderWay {
  readonly #now: () => Date;
  readonly #all = new Set<Unanswered>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The one to this region that has waited longest; null where none does. */
  oldestTo(regionId: string): Unanswered | null {
    // A set is read in the order of adding.
    for (const waiting of this.#all) if (waiting.regionId === regionId) return waiting;
    return null;
  }

  /** Counts a call as under way while `run` runs. */
  async during<T>(call: ApiCall<unknown>, run: () => Promise<T>): Promise<T> {
    const waiting: Unanswered = { call: callName(call), regionId: call.regionId, since: this.#now() };
    this.#all.add(waiting);
    try {
      return await run();
    } finally {
      this.#all.delete(waiting);
    }
  }
}
