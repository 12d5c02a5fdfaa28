import type { FleetAct, FLEET_UPDATES } from '../../contracts/fleet/fleet-control.js';
import type { FleetCarried, FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetLimits } from '../../contracts/fleet/fleet-limits.js';
import type { FleetStatus, FleetSummary } from '../../contracts/fleet/fleet-progress.js';
import type { Freeze } from '../../contracts/fleet/freeze.js';
import type { FailureType } from '../../contracts/failures.js';
import { admit, type Admission } from './admit.js';
import { carryMembers, restoreMembers } from './carry.js';
import { FleetMembers, type Goal } from './members.js';

/** Acts that a summary shows, and a continued run takes along. */
const MOST_ACTS = 200;

/** Something that keeps new VMs from being started, and what ends it by itself, if anything does. */
export interface Halt {
  readonly why: string;
  readonly until?: { readonly what: string; readonly at: number };
}

/** How the fleet is to end before its time. */
export interface Ending {
  readonly type: FailureType;
  readonly message: string;
  /** What has not passed the rebuild call is cancelled. */
  readonly now: boolean;
  /** What was moved is put back first. */
  readonly isRolledBack: boolean;
}

/** A gate that the fleet waits at. */
export interface Gate {
  readonly name: string;
  readonly deadline: number;
}

/** All state of a fleet that outlives a step, and the one place that changes it. Pure but for the clock. */
export class FleetRecord {
  readonly members: FleetMembers;
  readonly #input: FleetInput;
  readonly #clock: () => number;
  readonly #startedAt: number;
  readonly #acts: FleetAct[];
  #limits: FleetLimits;
  #wave: number;
  #goal: Goal = 'forward';
  #pause: Halt | null;
  #freeze: Freeze | null = null;
  /** What else keeps it, as the last attempt to start VMs has found. */
  #halt: Halt | null = null;
  #gate: Gate | null = null;
  #gatePassed: number;
  #bakesUntil: number | null = null;
  #ending: Ending | null = null;
  #outcome: FleetStatus | null = null;
  #version = 0;

  constructor(input: FleetInput, clock: () => number = Date.now) {
    this.#input = input;
    this.#clock = clock;
    this.members = new FleetMembers(input);
    const { startedAt, acts, limits, wave, gatePassed, pause } = input.carried ?? fresh(input, clock());
    this.#startedAt = Date.parse(startedAt);
    this.#acts = [...acts];
    this.#limits = limits;
    this.#wave = wave;
    this.#gatePassed = gatePassed;
    this.#pause = pause === null ? null : { why: pause };
    if (input.carried !== undefined) restoreMembers(this.members, input.carried);
  }

  /** Grows with every change: what waits for one compares it. */
  get version(): number {
    return this.#version;
  }

  get wave(): number {
    return this.#wave;
  }

  get goal(): Goal {
    return this.#goal;
  }

  get limits(): FleetLimits {
    return this.#limits;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  get acts(): readonly FleetAct[] {
    return this.#acts;
  }

  get ending(): Ending | null {
    return this.#ending;
  }

  /** Whether the gate before the wave was opened. */
  get isGatePassed(): boolean {
    return this.#gatePassed >= this.#wave;
  }

  get gate(): Gate | null {
    return this.#gate;
  }

  get pause(): Halt | null {
    return this.#pause;
  }

  get freeze(): Freeze | null {
    return this.#freeze;
  }

  /** Goes on to a wave. */
  enter(wave: number): void {
    this.#wave = wave;
    this.#halt = null;
    this.#changed();
  }

  /** Whether a VM waits to be started in this wave. */
  get hasWork(): boolean {
    const waiting = this.members.waiting(this.#wave, this.#goal).next();
    return waiting.done !== true && (this.#ending === null || this.#goal === 'back');
  }

  /** Begins to put back what was moved: from now on only that is started. */
  turnBack(): void {
    this.#goal = 'back';
    this.#pause = null;
    for (const { at, state, isMoved } of this.members.all) {
      if (isMoved && (state === 'done' || state === 'failed'))
        this.members.change(at, { state: 'waiting', goal: 'back' });
    }
    this.#changed();
  }

  /** Writes down what was done to the fleet, or what it did of itself (`by` null). */
  act(
    act: keyof typeof FLEET_UPDATES | 'budget-exhausted' | 'gate' | 'gate-expired' | 'continued',
    by: string | null,
    reason: string,
  ): FleetAct {
    const done = { at: new Date(this.#clock()).toISOString(), act, by, reason };
    this.#acts.push(done);
    if (this.#acts.length > MOST_ACTS) this.#acts.splice(0, this.#acts.length - MOST_ACTS);
    this.#changed();
    return done;
  }

  pauseFor(why: string): void {
    this.#pause = { why };
    this.#changed();
  }

  /** Ends a pause. Failures until now no longer count: otherwise the fleet would pause again at once. */
  resume(): void {
    this.#pause = null;
    for (const { at } of this.members.inState(['failed', 'rolled-back'])) this.members.change(at, { isBorne: true });
    this.#changed();
  }

  frozen(freeze: Freeze | null): void {
    this.#freeze = freeze;
    this.#changed();
  }

  /** Waits at the gate before the wave. */
  waitAt(gate: Gate): void {
    this.#gate = gate;
    this.#changed();
  }

  /** The gate before the wave is open. */
  openGate(): void {
    this.#gate = null;
    this.#gatePassed = this.#wave;
    this.#changed();
  }

  bakeUntil(moment: number | null): void {
    this.#bakesUntil = moment;
    this.#changed();
  }

  limit(limits: FleetLimits): void {
    this.#limits = limits;
    this.#changed();
  }

  /** The fleet is to end. The first reason stands; only the hurry may grow. */
  end(ending: Ending): void {
    this.#ending = this.#ending === null ? ending : { ...this.#ending, now: this.#ending.now || ending.now };
    this.#gate = null;
    this.#changed();
  }

  /** What keeps all VMs from being started, whatever the limits say; null when nothing does. */
  halt(): Halt | null {
    if (this.#ending !== null && this.#goal === 'forward') return { why: this.#ending.message };
    if (this.#pause !== null) return this.#pause;
    if (this.#freeze === null) return null;
    const { by, reason, since } = this.#freeze;
    return { why: `frozen by ${by} since ${since}: ${reason}` };
  }

  /** Chooses whom to start, and keeps why no more. */
  admit(): Admission {
    const admission = admit(this.members, this.#limits, this.#wave, this.#goal);
    this.halted(admission.block === null ? null : { why: admission.block });
    return admission;
  }

  /** Keeps what was found to keep VMs from being started. */
  halted(halt: Halt | null): void {
    this.#halt = halt;
  }

  /** Which budget the failures have exhausted; null while they are borne. */
  exhausted(): string | null {
    if (this.#goal === 'back') return null;
    const { fleet, perWave } = this.#limits.failures;
    const failures = this.members.tally.failures();
    if (failures > fleet) return `${failures} failed, ${fleet} may`;
    const ofWave = perWave?.[this.#wave];
    const inWave = this.members.tally.failures(this.#wave);
    if (ofWave !== undefined && inWave > ofWave) return `${inWave} of this wave failed, ${ofWave} may`;
    return null;
  }

  conclude(outcome: FleetStatus): void {
    this.#outcome = outcome;
    this.#halt = null;
    this.#changed();
  }

  /** Everything that the next run needs, where nothing is in flight. */
  carried(): FleetCarried {
    return {
      startedAt: new Date(this.#startedAt).toISOString(),
      wave: this.#wave,
      gatePassed: this.#gatePassed,
      pause: this.#pause?.why ?? null,
      ...carryMembers(this.members, this.#startedAt),
      acts: this.#acts,
      limits: this.#limits,
    };
  }

  /** Something that concerns the fleet has changed beside this record. */
  noteChange(): void {
    this.#changed();
  }

  summary(): FleetSummary {
    const { fleetId, regionId, planDigest, image, waves, members, requestedBy } = this.#input;
    const { tally } = this.members;
    const { failures, unavailable, held } = this.#limits;
    return {
      fleetId,
      regionId,
      planDigest,
      imageId: image.imageId,
      status: this.status(),
      reason: this.#reason(),
      wave: { index: this.#wave, of: waves.length, name: waves[this.#wave]?.name ?? '' },
      counts: tally.counts,
      size: members.instanceIds.length,
      unavailable: { now: tally.unavailable, of: unavailable.fleet },
      failures: { now: tally.failures(), of: failures.fleet },
      held: { now: tally.of('held'), of: held },
      nextEvent: this.#nextEvent(),
      startedAt: new Date(this.#startedAt).toISOString(),
      requestedBy: requestedBy ?? null,
      acts: this.#acts.slice(-20),
    };
  }

  status(): FleetStatus {
    if (this.#outcome !== null) return this.#outcome;
    if (this.#ending !== null) return 'aborting';
    if (this.#gate !== null) return 'awaiting-approval';
    if (this.#pause !== null) return 'paused';
    if (this.#bakesUntil !== null) return 'baking';
    return this.members.tally.of('rebuilding') > 0 ? 'rebuilding' : 'waiting';
  }

  #reason(): string {
    const { tally } = this.members;
    if (this.#outcome !== null) return this.#ending?.message ?? this.#outcome;
    if (this.#gate !== null) return `waits for approval ${this.#gate.name}: \`reimage fleet approve\``;
    const underWay = tally.inFlight === 0 ? '' : `${tally.inFlight} under way; `;
    const halt = this.halt() ?? this.#halt;
    if (halt !== null) return `${underWay}${halt.why}`;
    if (this.#bakesUntil !== null) return `${underWay}bakes: watches the wave before it goes on`;
    return tally.inFlight === 0 ? 'goes on' : `${tally.inFlight} under way`;
  }

  #nextEvent(): FleetSummary['nextEvent'] {
    const event = this.#gate
      ? { what: 'the gate is closed for good', at: this.#gate.deadline }
      : (this.#pause?.until ?? this.#halt?.until ?? null);
    if (event !== null) return { what: event.what, at: new Date(event.at).toISOString() };
    if (this.#bakesUntil === null) return null;
    return { what: 'the bake is over', at: new Date(this.#bakesUntil).toISOString() };
  }

  #changed(): void {
    this.#version += 1;
  }
}

/** What a fleet begins with. */
function fresh(
  { limits }: FleetInput,
  now: number,
): Pick<FleetCarried, 'startedAt' | 'acts' | 'limits' | 'wave' | 'gatePassed' | 'pause'> {
  return { startedAt: new Date(now).toISOString(), acts: [], limits, wave: 0, gatePassed: -1, pause: null };
}
