import { type FleetMember, unpackMembers } from '../../contracts/fleet/fleet-members.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { MemberState } from '../../contracts/fleet/fleet-progress.js';
import { Tally } from './tally.js';

/** What a VM is being driven to: the image of the fleet, or back from it. */
export type Goal = 'forward' | 'back';

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
  readonly note: string | null;
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
  readonly isBorne: boolean;
}

/** What may change of a member. */
export type MemberChange = Partial<Omit<Member, keyof FleetMember | 'at' | 'wave'>>;

/** All VMs of a fleet. Every change goes through {@link FleetMembers.change}, so that the numbers always fit. */
export class FleetMembers {
  readonly tally: Tally;
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
    this.tally = new Tally(this.#members, waves.length);
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
    this.tally.replace(before, after);
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
  note: null,
  failure: null,
  backupImageId: null,
  imageFound: null,
  powerFound: null,
  lastOperation: null,
  isDown: false,
  isMoved: false,
  isBaked: false,
  isBorne: false,
} as const;
