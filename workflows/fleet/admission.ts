import type { FleetLimits } from '../../contracts/fleet/fleet-limits.js';
import {
  type FleetMembers,
  type Goal,
  type Member,
  nameOf,
  type TopologyDomain,
  domainsOf,
  type MemberCounts,
} from './members.js';

/** Most rebuilds of one fleet at a time: what Temporal advises a workflow to have under way. */
export const MOST_IN_FLIGHT = 500;

/** Who may be started now, and why no more, in one line; null when nobody else waits. */
export interface Admission {
  readonly start: readonly Member[];
  readonly block: string | null;
}

/**
 * Chooses which of the waiting VMs may be started without exceeding a limit, in their order. One whose zone or group
 * is full is passed over for the next. A VM that is down already takes no one's place: it is unavailable as it is.
 * Pure.
 */
export function admit(members: FleetMembers, limits: FleetLimits, wave: number, goal: Goal): Admission {
  const held = members.counts.of('held');
  if (held > limits.held) return { start: [], block: `${held} are held, ${limits.held} may be` };
  // The way back has no budget: it is what mends an exhausted one.
  const isStrict = limits.failures.strict && goal === 'forward';
  const taking = new Taking(members.counts, { ...limits, failures: { ...limits.failures, strict: isStrict } }, wave);
  const start: Member[] = [];
  let block: string | null = null;
  for (const member of members.waiting(wave, goal)) {
    const full = taking.whyNoMore();
    if (full !== null) return { start, block: full };
    const why = taking.whyNot(member);
    if (why === null) {
      taking.take(member);
      start.push(member);
    } else block ??= why;
  }
  return { start, block };
}

/**
 * Whether a strict budget lets nobody start before those that are done were judged by their bake: then the wave is
 * baked in the middle, and goes on afterwards. Pure.
 */
export function awaitsBake({ counts }: FleetMembers, limits: FleetLimits, wave: number, goal: Goal): boolean {
  if (goal === 'rollback' || counts.of('rebuilding') > 0 || counts.unjudged() === 0) return false;
  return strictBlock(counts, limits, wave, 0) !== null;
}

/** Why a strict budget lets nobody start: all that may still fail would exhaust it. @param starting - VMs that are being started besides */
function strictBlock(counts: MemberCounts, { failures }: FleetLimits, wave: number, starting: number): string | null {
  if (!failures.strict) return null;
  const left = failures.fleet - counts.failures();
  const why = whyStrict(counts.inFlight + starting, counts.unjudged(), left);
  if (why !== null) return `strict budget: ${why}`;
  const ofWave = failures.perWave?.[wave];
  if (ofWave === undefined) return null;
  const leftOfWave = ofWave - counts.failures(wave);
  const whyOfWave = whyStrict(counts.inFlightOf(wave) + starting, counts.unjudged(wave), leftOfWave);
  return whyOfWave === null ? null : `strict budget of the wave: ${whyOfWave}`;
}

function whyStrict(underWay: number, unjudged: number, left: number): string | null {
  if (underWay + unjudged <= left) return null;
  const baking = unjudged === 0 ? '' : `${unjudged} not judged by a bake yet, `;
  return `${underWay} under way, ${baking}${left} more failures can be tolerated`;
}

/** The limits, and how far those that are being started have used them up. */
class Taking {
  readonly #counts: MemberCounts;
  readonly #limits: FleetLimits;
  readonly #wave: number;
  #inFlight = 0;
  #unavailable = 0;
  readonly #byDomain = new Map<string, number>();

  constructor(counts: MemberCounts, limits: FleetLimits, wave: number) {
    this.#counts = counts;
    this.#limits = limits;
    this.#wave = wave;
  }

  /** Why nobody at all can be started; null: someone may. */
  whyNoMore(): string | null {
    const inFlight = this.#counts.inFlight + this.#inFlight;
    if (inFlight >= MOST_IN_FLIGHT) return `${inFlight} of ${MOST_IN_FLIGHT} rebuilds that may be under way at a time`;
    // Where no VM is down, none would take no place: there is no need to look at all that wait.
    const unavailable = this.#counts.unavailable + this.#unavailable;
    if (this.#counts.down === 0 && unavailable >= this.#limits.unavailable.fleet) return this.#fleetBlock(unavailable);
    return strictBlock(this.#counts, this.#limits, this.#wave, this.#inFlight);
  }

  whyNot(member: Member): string | null {
    if (member.isDown) return null;
    const { fleet } = this.#limits.unavailable;
    const unavailable = this.#counts.unavailable + this.#unavailable;
    if (unavailable >= fleet) return this.#fleetBlock(unavailable);
    for (const place of domainsOf(member)) {
      const limit = limitOf(this.#limits, place);
      const inPlace = this.#counts.unavailableIn(place) + (this.#byDomain.get(nameOf(place)) ?? 0);
      if (limit !== undefined && inPlace >= limit) return `${nameOf(place)} has ${inPlace} of ${limit} unavailable`;
    }
    return null;
  }

  take(member: Member): void {
    this.#inFlight += 1;
    if (member.isDown) return;
    this.#unavailable += 1;
    for (const place of domainsOf(member)) {
      const name = nameOf(place);
      this.#byDomain.set(name, (this.#byDomain.get(name) ?? 0) + 1);
    }
  }

  #fleetBlock(unavailable: number): string {
    const { down } = this.#counts;
    const others = down === 0 ? '' : `, ${down} of them down for other reasons`;
    return `${unavailable} of ${this.#limits.unavailable.fleet} unavailable${others}`;
  }
}

function limitOf(
  { unavailable: { perAz, perGroup } }: FleetLimits,
  { kind, value }: TopologyDomain,
): number | undefined {
  return kind === 'zone' ? perAz?.[value] : perGroup?.[value];
}

/** Which budget the failures have exhausted, in one line; null while they are tolerated. Pure. */
export function exhaustedBy(counts: MemberCounts, { failures: { fleet, perWave = [] } }: FleetLimits): string | null {
  if (counts.failures() > fleet) return `${counts.failures()} failed, ${fleet} may`;
  const wave = perWave.findIndex((may, index) => counts.failures(index) > may);
  return wave === -1 ? null : `${counts.failures(wave)} of wave ${wave + 1} failed, ${perWave[wave]} may`;
}
