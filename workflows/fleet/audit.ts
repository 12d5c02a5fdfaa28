import type { FLEET_UPDATES, FleetAct } from '../../contracts/fleet/fleet-control.js';
import type { FleetLimits } from '../../contracts/fleet/fleet-limits.js';
import type { LeftOut } from '../../contracts/fleet/fleet-progress.js';
import type { Tally } from './members.js';

/** Acts that are kept, and that a continued run takes along as far as they fit. */
const MOST_ACTS = 500;

/** What may be done to a fleet, and what it does of itself. */
export type ActName = keyof typeof FLEET_UPDATES | 'budget-exhausted' | 'gate' | 'gate-expired' | 'continued';

/** What was done to a fleet, the last of it. */
export class Acts {
  readonly #acts: FleetAct[];
  #leftOut: LeftOut;

  /** @param leftOut - what runs before this one have not handed on */
  constructor(acts: readonly FleetAct[], leftOut: LeftOut = { notes: 0, acts: 0 }) {
    this.#acts = [...acts];
    this.#leftOut = leftOut;
  }

  get all(): readonly FleetAct[] {
    return this.#acts;
  }

  /** What the fleet no longer tells: the acts before those that are kept, and notes of VMs. */
  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  add(act: FleetAct): void {
    this.#acts.push(act);
    const over = this.#acts.length - MOST_ACTS;
    if (over <= 0) return;
    this.#acts.splice(0, over);
    this.#leftOut = { ...this.#leftOut, acts: this.#leftOut.acts + over };
  }
}

/** Which budget the failures have exhausted, in one line; null while they are borne. Pure. */
export function exhaustedBy(tally: Tally, { failures: { fleet, perWave = [] } }: FleetLimits): string | null {
  if (tally.failures() > fleet) return `${tally.failures()} failed, ${fleet} may`;
  const wave = perWave.findIndex((may, index) => tally.failures(index) > may);
  return wave === -1 ? null : `${tally.failures(wave)} of wave ${wave + 1} failed, ${perWave[wave]} may`;
}
