import type { CallEntry } from '../../simulator/model/journal.js';

/** How far the server's clock was ahead of this machine's, from a moment of this machine on. */
interface Sample {
  readonly from: number;
  readonly aheadMs: number;
}

/**
 * Tells by the clock of a server that skips time when something happened by the clock of this machine.
 *
 * The server never skips while an activity is scheduled or under way, and nothing but an activity calls the cloud: so a
 * look at the server's clock at the beginning of each activity holds for every call that it makes.
 */
export class ServerTimes {
  readonly #serverNow: () => Promise<number>;
  readonly #samples: Sample[] = [];

  /** @param serverNow - milliseconds since 1970 */
  constructor(serverNow: () => Promise<number>) {
    this.#serverNow = serverNow;
  }

  /** The same activities, each of which first looks at the server's clock. */
  readonly around = (activities: object): object =>
    Object.fromEntries(
      Object.entries(activities).map(([name, activity]) => [
        name,
        async (...input: unknown[]): Promise<unknown> => {
          await this.#look();
          return await Reflect.apply(activity, undefined, input);
        },
      ]),
    );

  /** When a call came by the server's clock, in milliseconds since 1970. @throws Error when no activity had begun before it */
  of({ at, operation }: Pick<CallEntry, 'at' | 'operation'>): number {
    const moment = Date.parse(at);
    const sample = this.#samples.findLast(({ from }) => from <= moment);
    if (sample === undefined) throw new Error(`${operation} at ${at}: no activity had begun`);
    return moment + sample.aheadMs;
  }

  async #look(): Promise<void> {
    const asked = Date.now();
    const aheadMs = (await this.#serverNow()) - asked;
    this.#samples.push({ from: Date.now(), aheadMs });
  }
}
