import type { FleetCounts, MemberState } from '../../contracts/fleet/fleet-progress.js';
import { MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import type { Member } from './members.js';
import { nameOf, type Place, placesOf } from './places.js';

/** States in which a rebuild of ours is under way. */
export const IN_FLIGHT: readonly MemberState[] = ['rebuilding', 'held'];

/** States that count against the failure budget. */
export const FAILED: readonly MemberState[] = ['failed', 'rolled-back'];

/** The numbers of a fleet, kept up with each change: ten thousand VMs are not counted anew each time. */
export class Tally {
  readonly #byState = new Map<MemberState, number>(MEMBER_STATES.map((state) => [state, 0]));
  readonly #inFlightByWave: number[];
  readonly #failuresByWave: number[];
  readonly #unjudgedByWave: number[];
  readonly #byPlace = new Map<string, number>();
  #down = 0;

  constructor(members: readonly Member[], waves: number) {
    this.#inFlightByWave = Array.from({ length: waves }, () => 0);
    this.#failuresByWave = Array.from({ length: waves }, () => 0);
    this.#unjudgedByWave = Array.from({ length: waves }, () => 0);
    for (const member of members) this.#count(member, 1);
  }

  get counts(): FleetCounts {
    return Object.fromEntries(this.#byState) as FleetCounts;
  }

  of(state: MemberState): number {
    return this.#byState.get(state) ?? 0;
  }

  /** VMs with a rebuild of ours under way, held ones included. */
  get inFlight(): number {
    return this.of('rebuilding') + this.of('held');
  }

  /** In flight, or down for another reason. */
  get unavailable(): number {
    return this.#down + this.inFlight;
  }

  /** Down, with no rebuild of ours under way. */
  get down(): number {
    return this.#down;
  }

  /** The same among the VMs of one place. */
  unavailableIn(place: Place): number {
    return this.#byPlace.get(nameOf(place)) ?? 0;
  }

  /** Failures that count, of the fleet or of one wave. */
  failures(wave?: number): number {
    if (wave !== undefined) return this.#failuresByWave[wave] ?? 0;
    return this.#failuresByWave.reduce((sum, count) => sum + count, 0);
  }

  /** Done, and not looked at once more at the end of a bake: they may still fail. Of the fleet or of one wave. */
  unjudged(wave?: number): number {
    if (wave !== undefined) return this.#unjudgedByWave[wave] ?? 0;
    return this.#unjudgedByWave.reduce((sum, count) => sum + count, 0);
  }

  inFlightOf(wave: number): number {
    return this.#inFlightByWave[wave] ?? 0;
  }

  /** Takes in that a member has changed. */
  replace(before: Member, after: Member): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  #count(member: Member, by: 1 | -1): void {
    const { state, wave, isDown, isBorne, isBaked } = member;
    this.#byState.set(state, this.of(state) + by);
    const isInFlight = IN_FLIGHT.includes(state);
    if (isInFlight) this.#inFlightByWave[wave] = this.inFlightOf(wave) + by;
    if (FAILED.includes(state) && !isBorne) this.#failuresByWave[wave] = this.failures(wave) + by;
    if (state === 'done' && !isBaked) this.#unjudgedByWave[wave] = this.unjudged(wave) + by;
    if (isDown && !isInFlight) this.#down += by;
    if (!isDown && !isInFlight) return;
    for (const place of placesOf(member)) this.#byPlace.set(nameOf(place), this.unavailableIn(place) + by);
  }
}
