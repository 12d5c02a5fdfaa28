import type { AuditEntry } from '../../contracts/fleet/fleet-control.js';
import type { FleetSnapshot, FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetLimits } from '../../contracts/fleet/fleet-limits.js';
import type { FleetResult, Omitted } from '../../contracts/fleet/fleet-progress.js';
import type { Freeze } from '../../contracts/freeze.js';
import { type Admission, admit, awaitsBake, exhaustedBy } from './admission.js';
import { type AuditAction, AuditLog } from './audit.js';
import { type Ending, frozenBlocker, type Gate, type Blocker, type Pause } from './blockers.js';
import { turnedBack } from './child-request.js';
import { FAILED, FleetMembers, type Goal, IN_FLIGHT } from './members.js';
import { UpdateDeduplicator, snapshotMembers, fitSnapshot, initialState, gateOf, restoreMembers } from './snapshot.js';
import { Waits } from './waits.js';

/** All state of a fleet that outlives a step, and the one place that changes it. Pure but for the clock. */
export class FleetState {
  readonly members: FleetMembers;
  readonly answers: UpdateDeduplicator;
  readonly waits: Waits;
  readonly #clock: () => number;
  readonly #startedAt: number;
  readonly #input: FleetInput;
  readonly #audit: AuditLog;
  #limits: FleetLimits;
  #wave: number;
  #goal: Goal;
  #pause: Pause | null;
  #pauses: number;
  #freeze: Freeze | null = null;
  /** What else keeps it, as the last attempt to start VMs has found. */
  #blocker: Blocker | null = null;
  #gate: Gate | null;
  #gatePassed: number;
  #bakesUntil: number | null = null;
  #ending: Ending | null;
  #outcome: FleetResult['outcome'] | null = null;
  #version = 0;

  constructor(input: FleetInput, clock: () => number = Date.now) {
    this.#clock = clock;
    this.members = new FleetMembers(input);
    const { startedAt, auditEntries, limits, wave, gatePassed, pause, goal, ending } =
      input.snapshot ?? initialState(input, clock());
    this.#startedAt = Date.parse(startedAt);
    this.#input = input;
    this.#audit = new AuditLog(auditEntries, input.snapshot?.omitted);
    this.answers = new UpdateDeduplicator(auditEntries, input.snapshot?.answeredUpdates);
    this.waits = new Waits(input.snapshot?.waits);
    this.#gate = gateOf(input.snapshot);
    this.#limits = limits;
    this.#wave = wave;
    this.#gatePassed = gatePassed;
    this.#pauses = input.snapshot?.pauses ?? (pause === null ? 0 : 1);
    this.#pause = pause === null ? null : { ...pause, number: this.#pauses };
    this.#goal = goal;
    this.#ending = ending;
    if (input.snapshot !== undefined) restoreMembers(this.members, input.snapshot);
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

  get auditEntries(): readonly AuditEntry[] {
    return this.#audit.all;
  }

  /** What it no longer tells. */
  get omitted(): Omitted {
    return this.#audit.omitted;
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

  get pause(): Pause | null {
    return this.#pause;
  }

  /** What the last attempt to start VMs has found to be in its way. */
  get lastBlocker(): Blocker | null {
    return this.#blocker;
  }

  get bakesUntil(): number | null {
    return this.#bakesUntil;
  }

  /** How it has ended; null while it has not. */
  get outcome(): FleetResult['outcome'] | null {
    return this.#outcome;
  }

  get freeze(): Freeze | null {
    return this.#freeze;
  }

  /** Goes on to a wave. */
  enter(wave: number): void {
    this.#wave = wave;
    this.#blocker = null;
    this.#changed();
  }

  /** Whether nothing more is to be started, for good: an ending that puts things back first does so all the same. */
  get isEnding(): boolean {
    return this.#ending !== null && !(this.#goal === 'rollback' && this.#ending.isRolledBack);
  }

  /** Whether a VM waits to be started in this wave. */
  get hasWork(): boolean {
    return !this.isEnding && this.members.waiting(this.#wave, this.#goal).next().done !== true;
  }

  /**
   * Whether the wave needs nothing more of us before its bake: none waits, save for the bake itself, none is under way.
   * Where the fleet is to end, that none is under way.
   */
  get isWaveOver(): boolean {
    const { counts } = this.members;
    if (this.isEnding) return counts.inFlight === 0;
    if (this.hasWork) return awaitsBake(this.members, this.#limits, this.#wave, this.#goal);
    // The canary is there to be judged; a later wave leaves its held VMs to whoever decides them.
    const mayStayHeld = this.#wave > 0 && this.#goal === 'forward' && counts.of('held') <= this.#limits.held;
    return mayStayHeld ? counts.of('rebuilding') === 0 : counts.inFlight === 0;
  }

  /** Begins to put back what was moved: from now on only that is started. */
  startRollback(): void {
    this.#goal = 'rollback';
    this.#pause = null;
    for (const member of this.members.all) {
      if (!member.isMoved || IN_FLIGHT.includes(member.state)) continue;
      this.members.change(member.at, turnedBack(member));
    }
    this.#changed();
  }

  /** Writes down what was done to the fleet, or what it did of itself (`by` null). */
  recordAct(action: AuditAction, by: string | null, reason: string): AuditEntry {
    const done = { at: new Date(this.#clock()).toISOString(), action, by, reason };
    this.#audit.add(done);
    this.#changed();
    return done;
  }

  pauseFor(pause: Omit<Pause, 'number'>): void {
    this.#pauses += 1;
    this.#pause = { ...pause, number: this.#pauses };
    this.#changed();
  }

  /** Ends a pause. Failures that have made it no longer count: otherwise the fleet would pause again at once. */
  resume(): void {
    const isForBudget = this.#pause?.isForBudget === true;
    this.#pause = null;
    const failed = isForBudget ? this.members.inState(FAILED) : [];
    for (const { at } of failed) this.members.change(at, { isTolerated: true });
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

  /** The fleet is to end. The first reason stands, save that a person may abort also what it does to that end. */
  end(ending: Ending): void {
    const first = this.#ending;
    const isAbort = ending.type === 'FleetAborted';
    this.#ending = first === null || isAbort ? { ...ending, now: ending.now || first?.now === true } : first;
    this.#gate = null;
    this.#changed();
  }

  /** What keeps all VMs from being started, whatever the limits say; null when nothing does. */
  computeBlocker(): Blocker | null {
    if (this.#ending !== null && this.isEnding) return { why: this.#ending.message };
    if (this.#pause !== null) return this.#pause;
    return this.#freeze === null ? null : frozenBlocker(this.#freeze);
  }

  /** Chooses whom to start, and keeps why no more. */
  admit(): Admission {
    const admission = admit(this.members, this.#limits, this.#wave, this.#goal);
    this.setBlocker(admission.block === null ? null : { why: admission.block });
    return admission;
  }

  /** Keeps what was found to keep VMs from being started. */
  setBlocker(blocker: Blocker | null): void {
    this.#blocker = blocker;
  }

  /** Which budget the failures have exhausted; null while they are tolerated. */
  exhausted(): string | null {
    if (this.#goal === 'rollback') return null;
    return exhaustedBy(this.members.counts, this.#limits);
  }

  conclude(outcome: FleetResult['outcome']): void {
    this.#outcome = outcome;
    this.#blocker = null;
    this.#changed();
  }

  /** Everything that the next run needs, as far as it fits into one payload. */
  snapshot(): FleetSnapshot {
    const { reasons, ...members } = snapshotMembers(this.members, this.#startedAt);
    const rest = {
      startedAt: new Date(this.#startedAt).toISOString(),
      wave: this.#wave,
      gatePassed: this.#gatePassed,
      ...(this.#gate !== null && { gate: { ...this.#gate, deadline: new Date(this.#gate.deadline).toISOString() } }),
      waits: this.waits.snapshot(),
      pause: this.#pause,
      pauses: this.#pauses,
      goal: this.#goal,
      ending: this.#ending,
      ...members,
      limits: this.#limits,
    };
    const auditEntries = [...this.auditEntries];
    return fitSnapshot(
      this.#input,
      rest,
      { auditEntries, answeredUpdates: this.answers.snapshot(auditEntries), reasons },
      this.omitted,
    );
  }

  /** Something that concerns the fleet has changed beside this record. */
  noteChange(): void {
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
  }
}
