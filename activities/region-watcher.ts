import { setMaxListeners } from 'node:events';
import type { Instance } from '../jdcloud/schemas.js';
import { LookFailures } from './look-failures.js';
import { type Observation, observe } from './observation.js';
import { TransitionTimes } from './transition-times.js';

/** What a follower is told: a look at its VM, that the VM is not in the answer, or why there is no answer. */
export type Sighting =
  | { readonly kind: 'seen'; readonly observation: Observation }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly isFinal: boolean };

/** Reads many VMs of a region; ids that JD Cloud does not know are missing from the map. At most 100 a call. */
export type ReadMany = (
  regionId: string,
  ids: readonly string[],
  signal: AbortSignal,
) => Promise<Map<string, Instance>>;

interface Follower {
  readonly instanceId: string;
  readonly transition: string;
  readonly since: number;
  dueAt: number;
  deliver: (sighting: Sighting) => void;
}

/** Longest that one poll may take. */
const POLL_WITHIN_MS = 60_000;

/**
 * One poll for all VMs that a worker waits for in one region. A round asks for every followed VM, since a call of
 * 100 ids costs what a call of one does; it begins when the first follower is due. Throttling and faults slow the
 * whole region down, good answers bring it back. Stops by itself when nobody follows.
 */
export class RegionWatcher {
  readonly #followers = new Set<Follower>();
  readonly #times = new TransitionTimes();
  readonly #regionId: string;
  readonly #readMany: ReadMany;
  readonly #intervalMs: number;
  readonly #failures: LookFailures;
  #timer: NodeJS.Timeout | undefined;
  #polling = false;

  constructor(options: { regionId: string; readMany: ReadMany; intervalMs: number }) {
    this.#regionId = options.regionId;
    this.#readMany = options.readMany;
    this.#intervalMs = options.intervalMs;
    this.#failures = new LookFailures(options.intervalMs);
  }

  /** VMs followed now. */
  get size(): number {
    return this.#followers.size;
  }

  /**
   * Calls `deliver` with every sighting of the VM until the returned function is called.
   * @param transition - what is waited for, for example `stopping`: its usual duration steers the pauses
   */
  follow(instanceId: string, transition: string, deliver: (sighting: Sighting) => void): (ended: boolean) => void {
    const now = performance.now();
    const dueAt = now + this.#times.pauseMs(transition, 0, this.#intervalMs) + this.#failures.slowdownMs;
    const follower: Follower = { instanceId, transition, since: now, dueAt, deliver };
    this.#followers.add(follower);
    this.#schedule();
    return (ended) => {
      if (!this.#followers.delete(follower)) return;
      if (ended) this.#times.record(transition, performance.now() - follower.since);
      this.#schedule();
    };
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#polling || this.#followers.size === 0) return;
    const due = Math.min(...[...this.#followers].map(({ dueAt }) => dueAt));
    this.#timer = setTimeout(() => void this.#poll(), Math.max(due - performance.now(), 0));
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    const followers = [...this.#followers];
    const ids = [...new Set(followers.map(({ instanceId }) => instanceId))];
    try {
      const signal = AbortSignal.timeout(POLL_WITHIN_MS);
      setMaxListeners(0, signal); // one for each VM, which node would take for a leak
      const instances = await this.#readMany(this.#regionId, ids, signal);
      this.#failures.ease();
      const at = new Date();
      for (const follower of followers) this.#deliver(follower, toSighting(instances.get(follower.instanceId), at));
    } catch (error) {
      this.#onError(error, followers);
    }
    this.#polling = false;
    this.#plan(followers);
    this.#schedule();
  }

  #deliver(follower: Follower, sighting: Sighting): void {
    if (this.#followers.has(follower)) follower.deliver(sighting);
  }

  #onError(error: unknown, followers: readonly Follower[]): void {
    const isFinal = this.#failures.take(error);
    for (const follower of followers) this.#deliver(follower, { kind: 'failed', error, isFinal });
  }

  #plan(followers: readonly Follower[]): void {
    const now = performance.now();
    for (const follower of followers) {
      const pause = this.#times.pauseMs(follower.transition, now - follower.since, this.#intervalMs);
      follower.dueAt = now + pause + this.#failures.slowdownMs;
    }
  }
}

function toSighting(instance: Instance | undefined, at: Date): Sighting {
  return instance === undefined ? { kind: 'absent' } : { kind: 'seen', observation: observe(instance, at) };
}
