import { TemporalFailure } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import { blindFor, type Blocker } from './blockers.js';
import type { FleetState } from './fleet-state.js';
import { Windows } from './maintenance-windows.js';
import { IN_FLIGHT } from './members.js';

/** How long one look at the fleet, or one computation of windows, is tried for before the fleet says why and tries again. */
const OBSERVE_WITHIN_MS = 600_000;

/** Longest that one wait for the end of a freeze lasts; then another begins. */
const UNFREEZE_WITHIN_MS = 24 * 3_600_000;

/** Openings that are asked for at a time. */
const OCCURRENCES = 20;

/** What was last seen of the world outside: machines that are down, a freeze, the maintenance windows. */
export class Observations {
  readonly #input: FleetInput;
  readonly #record: FleetState;
  #observedAt: number | null = null;
  readonly #windows: Windows;
  /** When machines that are down are looked at again. */
  readonly rechecks: RecheckBackoff;
  #isThawing = false;
  #blindness: Required<Blocker> | null = null;

  constructor(input: FleetInput, record: FleetState) {
    this.#input = input;
    this.#record = record;
    this.#windows = new Windows(input.p90Seconds);
    this.rechecks = new RecheckBackoff(input.rollout.maxObservationAgeSeconds);
  }

  /** Whether the last look is too old to start a VM on. */
  get isStale(): boolean {
    const { maxObservationAgeSeconds } = this.#input.rollout;
    return this.#observedAt === null || Date.now() - this.#observedAt >= maxObservationAgeSeconds * 1000;
  }

  /** The next admission waits for a new look. */
  expire(): void {
    this.#observedAt = null;
  }

  /** A rebuild was refused before it touched its VM, as all others would be: for a while nobody is started. */
  blind(said: string): void {
    this.#blindness = blindFor(said);
  }

  /** Why nobody is started yet after {@link blind}; null when it is time to look again. */
  get blindness(): Required<Blocker> | null {
    if (this.#blindness !== null && Date.now() >= this.#blindness.until.at) this.#blindness = null;
    return this.#blindness;
  }

  /** Looks which VMs are down, and whether the namespace is frozen. @throws ActivityFailure */
  async observe(): Promise<void> {
    const { regionId } = this.#input;
    const { members } = this.#record;
    const instanceIds = members.all.map(({ instanceId }) => instanceId);
    const began = Date.now();
    const { down, freeze } = await activitiesUnder('call', OBSERVE_WITHIN_MS).observeFleet({ regionId, instanceIds });
    const isDown = new Set(down);
    for (const { at, instanceId, state, finishedAt, isDown: was } of members.all) {
      // What ended while the look was under way was seen too early, or by its own rebuild.
      if (IN_FLIGHT.includes(state) || (finishedAt !== null && finishedAt >= began)) continue;
      if (was !== isDown.has(instanceId)) members.change(at, { isDown: !was });
    }
    this.#observedAt = began;
    this.#record.frozen(freeze);
  }

  /**
   * Looks at nothing but the VMs that were down: where the fleet is blocked, only they can change that without a word.
   * The record changes where one of them is up, or the namespace frozen. @throws ActivityFailure
   */
  async recheck(): Promise<void> {
    const { regionId } = this.#input;
    const { members } = this.#record;
    const known = members.all.filter(({ isDown, state }) => isDown && !IN_FLIGHT.includes(state));
    const instanceIds = known.map(({ instanceId }) => instanceId);
    const { down, freeze } = await activitiesUnder('call', OBSERVE_WITHIN_MS).observeFleet({ regionId, instanceIds });
    const isDown = new Set(down);
    const up = known.filter(({ at, instanceId }) => !isDown.has(instanceId) && members.at(at).isDown);
    for (const { at } of up) members.change(at, { isDown: false });
    if (up.length > 0 || freeze !== null) this.#record.frozen(freeze);
  }

  /** Waits in the background for the end of the freeze, which then shows in the record. */
  awaitUnfreeze(): void {
    if (this.#isThawing) return;
    this.#isThawing = true;
    void this.#unfreeze();
  }

  async #unfreeze(): Promise<void> {
    try {
      const deadlineAt = new Date(Date.now() + UNFREEZE_WITHIN_MS).toISOString();
      this.#record.frozen(await activitiesUnder('wait', UNFREEZE_WITHIN_MS).waitUntilUnfrozen({ deadlineAt }));
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      this.#record.noteChange();
    } finally {
      this.#isThawing = false;
    }
  }

  /** Reads the next openings of the maintenance windows, where those that are known are over. @throws ActivityFailure */
  async readWindows(): Promise<void> {
    const { maintenance } = this.#input.rollout;
    if (maintenance === undefined || !this.#windows.isUsedUp) return;
    const input = { maintenance, from: new Date().toISOString(), count: OCCURRENCES };
    this.#windows.know(await activitiesUnder('call', OBSERVE_WITHIN_MS).nextWindows(input));
  }

  /** The maintenance windows, as far as they are known; null where the fleet has none. */
  get windows(): Windows | null {
    return this.#input.rollout.maintenance === undefined ? null : this.#windows;
  }
}

/** Longest pause between two rechecks, unless the policy's own is longer. */
const LONGEST_PAUSE_MS = 300_000;

/**
 * When a fleet that is kept from starting by machines that are down looks at these again: at first as often as its
 * policy says, then ever more seldom, and as often as at first again once anything has changed. Pure.
 */
export class RecheckBackoff {
  readonly #shortestMs: number;
  readonly #longestMs: number;
  #version = -1;
  #why: string | null = null;
  #pauseMs = 0;
  #at = 0;

  constructor(maxObservationAgeSeconds: number) {
    this.#shortestMs = maxObservationAgeSeconds * 1000;
    this.#longestMs = Math.max(this.#shortestMs, LONGEST_PAUSE_MS);
  }

  /** Why the fleet was blocked, where nothing has changed since: whoever may be started, it is nobody still. @param version - of the record */
  whySince(version: number): string | null {
    return version === this.#version ? this.#why : null;
  }

  /** The fleet is blocked, as far as anybody knows now. @returns when to look again */
  blocked(version: number, why: string, now: number): number {
    const isSame = version === this.#version;
    if (isSame && now < this.#at) return this.#at;
    this.#pauseMs = isSame ? Math.min(2 * this.#pauseMs, this.#longestMs) : this.#shortestMs;
    this.#version = version;
    this.#why = why;
    this.#at = now + this.#pauseMs;
    return this.#at;
  }
}
