import { otherContent } from '../../contracts/fleet/act-id.js';
import type { FleetAct } from '../../contracts/fleet/fleet-control.js';
import type { FleetCarried } from '../../contracts/fleet/fleet-input.js';

/** Updates whose answers are kept, and longest id of one that is. */
const MOST_ANSWERS = 100;
const LONGEST_ID = 200;

/**
 * What updates were answered, by their ids. Temporal itself knows the ids of one run only: with these an act that is
 * sent once more after the fleet has continued as new is still the same act.
 */
export class Answers {
  readonly #acts = new Map<string, FleetAct>();
  #given = 0;

  /** @param acts - what `carried` refers to by place */
  constructor(acts: readonly FleetAct[], carried: FleetCarried['answered'] = []) {
    for (const { id, act } of carried) {
      const done = acts[act];
      if (done !== undefined) this.#acts.set(id, done);
    }
  }

  /** What the update was answered; null for one that was not done. */
  of(id: string | undefined): FleetAct | null {
    return (id === undefined ? undefined : this.#acts.get(id)) ?? null;
  }

  /** What an act says otherwise than one before it that bears the same request id; null where there is none such. */
  whatDiffers(id: string | undefined): string[] | null {
    if (id === undefined) return null;
    for (const known of this.#acts.keys()) {
      const fields = otherContent(known, id);
      if (fields !== null) return fields;
    }
    return null;
  }

  /** Updates that this run has answered for the first time. */
  get given(): number {
    return this.#given;
  }

  keep(id: string | undefined, act: FleetAct): void {
    this.#given += 1;
    if (id === undefined || id.length > LONGEST_ID) return;
    this.#acts.set(id, act);
    const [oldest] = this.#acts.keys();
    if (this.#acts.size > MOST_ANSWERS && oldest !== undefined) this.#acts.delete(oldest);
  }

  /** The answers by their place among the acts that are carried. */
  carried(acts: readonly FleetAct[]): NonNullable<FleetCarried['answered']> {
    const places = new Map(acts.map((act, at) => [act, at]));
    return [...this.#acts].flatMap(([id, done]) => {
      const act = places.get(done);
      return act === undefined ? [] : [{ id, act }];
    });
  }
}
