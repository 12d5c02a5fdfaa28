import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { type FleetMember, unpackMembers } from '../../contracts/fleet/fleet-members.js';
import { type FleetCounts, MEMBER_STATES, type MemberState } from '../../contracts/fleet/fleet-progress.js';

/** What a VM is being driven to: the image of the fleet, or back from it. */
export type Goal = 'forward' | 'rollback';

/** One VM of the fleet: what the plan says of it, where it is, and what is known of it. */
export interface Member extends FleetMember {
  /** Its place in the order of the plan. */
  readonly at: number;
  readonly wave: number;
  readonly state: MemberState;
  readonly goal: Goal;
  /** Rebuilds that were started of it, by this fleet. */
  readonly attempts: number;
  /** Run of its rebuild under way; null where there is none, or it has not begun. */
  readonly runId: string | null;
  /** Milliseconds of the workflow's clock, as all moments here. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Why it failed, is held, deferred or skipped. */
  readonly reason: string | null;
  /** Type of its failure. */
  readonly failure: string | null;
  /** Of what it had before it was moved. */
  readonly backupImageId: string | null;
  /** The image that its first rebuild found, where it was not the plan's. */
  readonly imageFound: string | null;
  /** The power state that its first rebuild found: a later one is to give that back. */
  readonly powerFound: 'running' | 'stopped' | null;
  /** Tells the operation that had rebuilt it last when it was found busy; null: it never was. It is erased after no other. */
  readonly lastOperation: string | null;
  /** Not running when it was last seen, though no rebuild of ours is under way. */
  readonly isDown: boolean;
  /** It has the image of the fleet, put on by this fleet. */
  readonly isMoved: boolean;
  /** It was looked at once more at the end of a bake. */
  readonly isBaked: boolean;
  /** Its failure no longer counts: an operator went on all the same. */
  readonly isTolerated: boolean;
}

/** What may change of a member. */
export type MemberChange = Partial<Omit<Member, keyof FleetMember | 'at' | 'wave'>>;

/** All VMs of a fleet. Every change goes through {@link FleetMembers.change}, so that the numbers always fit. */
export class FleetMembers {
  readonly counts: MemberCounts;
  readonly #members: Member[];
  readonly #indexOf: ReadonlyMap<string, number>;
  /** No member before it waits. */
  #firstWaiting = 0;

  constructor({ members, waves }: Pick<FleetInput, 'members' | 'waves'>) {
    const waveOf = waves.flatMap(({ size }, index) => Array.from({ length: size }, () => index));
    this.#members = unpackMembers(members).map((member, at) => ({
      ...member,
      ...UNTOUCHED,
      at,
      wave: waveOf[at] ?? 0,
    }));
    this.#indexOf = new Map(this.#members.map(({ instanceId, at }) => [instanceId, at]));
    this.counts = new MemberCounts(this.#members, waves.length);
  }

  get all(): readonly Member[] {
    return this.#members;
  }

  /** One member by its place. @throws RangeError */
  at(place: number): Member {
    const member = this.#members[place];
    if (member === undefined) throw new RangeError(`the fleet has no member ${place}`);
    return member;
  }

  find(instanceId: string): Member | null {
    const place = this.#indexOf.get(instanceId);
    return place === undefined ? null : this.at(place);
  }

  change(place: number, change: MemberChange): void {
    const before = this.at(place);
    const after = { ...before, ...change };
    this.#members[place] = after;
    this.counts.replace(before, after);
    if (after.state === 'waiting') this.#firstWaiting = Math.min(this.#firstWaiting, place);
  }

  /** Those that wait for this goal, of this wave and the ones before it, in their order. */
  *waiting(wave: number, goal: Goal): Generator<Member> {
    while (this.#members[this.#firstWaiting]?.state !== 'waiting' && this.#firstWaiting < this.#members.length)
      this.#firstWaiting += 1;
    for (let place = this.#firstWaiting; place < this.#members.length; place += 1) {
      const member = this.at(place);
      if (member.wave > wave) return;
      if (member.state === 'waiting' && member.goal === goal) yield member;
    }
  }

  /** Those in one of the states, of all waves or of one. */
  inState(states: readonly MemberState[], wave?: number): Member[] {
    return this.#members.filter((member) => states.includes(member.state) && (wave ?? member.wave) === member.wave);
  }
}

const UNTOUCHED = {
  state: 'waiting',
  goal: 'forward',
  attempts: 0,
  runId: null,
  startedAt: null,
  finishedAt: null,
  reason: null,
  failure: null,
  backupImageId: null,
  imageFound: null,
  powerFound: null,
  lastOperation: null,
  isDown: false,
  isMoved: false,
  isBaked: false,
  isTolerated: false,
} as const;

/** Something that several VMs share, and in which not too many of them may be unavailable: a zone, or a value of the policy's tag. */
export interface TopologyDomain {
  readonly kind: 'zone' | 'group';
  readonly value: string;
}

/** The places that a VM is in. */
export function domainsOf({ az, group }: Pick<FleetMember, 'az' | 'group'>): TopologyDomain[] {
  return [
    ...(az === null ? [] : [{ kind: 'zone', value: az } as const]),
    ...(group === null ? [] : [{ kind: 'group', value: group } as const]),
  ];
}

/** How people read it; no two places share one. */
export function nameOf({ kind, value }: TopologyDomain): string {
  return `${kind} ${value}`;
}

/** States in which a rebuild of ours is under way. */
export const IN_FLIGHT: readonly MemberState[] = ['rebuilding', 'held'];

/** States that count against the failure budget. */
export const FAILED: readonly MemberState[] = ['failed', 'rolled-back'];

/** The numbers of a fleet, kept up with each change: ten thousand VMs are not counted anew each time. */
export class MemberCounts {
  readonly #byState = new Map<MemberState, number>(MEMBER_STATES.map((state) => [state, 0]));
  readonly #inFlightByWave: number[];
  readonly #failuresByWave: number[];
  readonly #unjudgedByWave: number[];
  readonly #byDomain = new Map<string, number>();
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
  unavailableIn(place: TopologyDomain): number {
    return this.#byDomain.get(nameOf(place)) ?? 0;
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
    const { state, wave, isDown, isTolerated, isBaked } = member;
    this.#byState.set(state, this.of(state) + by);
    const isInFlight = IN_FLIGHT.includes(state);
    if (isInFlight) this.#inFlightByWave[wave] = this.inFlightOf(wave) + by;
    if (FAILED.includes(state) && !isTolerated) this.#failuresByWave[wave] = this.failures(wave) + by;
    if (state === 'done' && !isBaked) this.#unjudgedByWave[wave] = this.unjudged(wave) + by;
    if (isDown && !isInFlight) this.#down += by;
    if (!isDown && !isInFlight) return;
    for (const place of domainsOf(member)) this.#byDomain.set(nameOf(place), this.unavailableIn(place) + by);
  }
}
