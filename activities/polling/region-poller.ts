import { setMaxListeners } from 'node:events';
import { mayPass, RefusedError, ThrottledError } from '../../jdcloud/errors.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { type Observation, observe } from '../decisions/observation.js';

/** What a subscriber is told: a look at its VM, that the VM is not in the answer, or why there is no answer. */
export type PollResult =
  | { readonly kind: 'seen'; readonly observation: Observation }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly isFinal: boolean };

/** Reads many VMs of a region; ids that JD Cloud does not know are missing from the map. At most 100 a call. */
export type ReadMany = (
  regionId: string,
  ids: readonly string[],
  signal: AbortSignal,
) => Promise<Map<string, Instance>>;

interface Subscriber {
  readonly instanceId: string;
  readonly transition: string;
  readonly since: number;
  dueAt: number;
  deliver: (result: PollResult) => void;
}

/** Longest that one poll may take. */
const POLL_WITHIN_MS = 60_000;

/**
 * One poll for all VMs that a worker waits for in one region. A round asks for every followed VM, since a call of
 * 100 ids costs what a call of one does; it begins when the first subscriber is due. Throttling and faults slow the
 * whole region down, good answers bring it back. Stops by itself when nobody follows.
 */
export class RegionPoller {
  readonly #subscribers = new Set<Subscriber>();
  readonly #times = new TransitionTimes();
  readonly #regionId: string;
  readonly #readMany: ReadMany;
  readonly #intervalMs: number;
  readonly #failures: PollFailures;
  #timer: NodeJS.Timeout | undefined;
  #polling = false;

  constructor(options: { regionId: string; readMany: ReadMany; intervalMs: number }) {
    this.#regionId = options.regionId;
    this.#readMany = options.readMany;
    this.#intervalMs = options.intervalMs;
    this.#failures = new PollFailures(options.intervalMs);
  }

  /** VMs followed now. */
  get size(): number {
    return this.#subscribers.size;
  }

  /**
   * Calls `deliver` with every result of the VM until the returned function is called.
   * @param transition - what is waited for, for example `stopping`: its usual duration steers the pauses
   */
  subscribe(instanceId: string, transition: string, deliver: (result: PollResult) => void): (ended: boolean) => void {
    const now = performance.now();
    const dueAt = now + this.#times.pauseMs(transition, 0, this.#intervalMs) + this.#failures.slowdownMs;
    const subscriber: Subscriber = { instanceId, transition, since: now, dueAt, deliver };
    this.#subscribers.add(subscriber);
    this.#schedule();
    return (ended) => {
      if (!this.#subscribers.delete(subscriber)) return;
      if (ended) this.#times.record(transition, performance.now() - subscriber.since);
      this.#schedule();
    };
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#polling || this.#subscribers.size === 0) return;
    const due = Math.min(...[...this.#subscribers].map(({ dueAt }) => dueAt));
    this.#timer = setTimeout(() => void this.#poll(), Math.max(due - performance.now(), 0));
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    const subscribers = [...this.#subscribers];
    const ids = [...new Set(subscribers.map(({ instanceId }) => instanceId))];
    try {
      const signal = AbortSignal.timeout(POLL_WITHIN_MS);
      setMaxListeners(0, signal); // one for each VM, which node would take for a leak
      const instances = await this.#readMany(this.#regionId, ids, signal);
      this.#failures.ease();
      const at = new Date();
      for (const subscriber of subscribers)
        this.#deliver(subscriber, toPollResult(instances.get(subscriber.instanceId), at));
    } catch (error) {
      this.#onError(error, subscribers);
    }
    this.#polling = false;
    this.#plan(subscribers);
    this.#schedule();
  }

  #deliver(subscriber: Subscriber, result: PollResult): void {
    if (this.#subscribers.has(subscriber)) subscriber.deliver(result);
  }

  #onError(error: unknown, subscribers: readonly Subscriber[]): void {
    const isFinal = this.#failures.take(error);
    for (const subscriber of subscribers) this.#deliver(subscriber, { kind: 'failed', error, isFinal });
  }

  #plan(subscribers: readonly Subscriber[]): void {
    const now = performance.now();
    for (const subscriber of subscribers) {
      const pause = this.#times.pauseMs(subscriber.transition, now - subscriber.since, this.#intervalMs);
      subscriber.dueAt = now + pause + this.#failures.slowdownMs;
    }
  }
}

function toPollResult(instance: Instance | undefined, at: Date): PollResult {
  return instance === undefined ? { kind: 'absent' } : { kind: 'seen', observation: observe(instance, at) };
}

const SLOWEST_MS = 60_000;

/**
 * Looks refused in a row before a refusal is believed: one bad answer must not end a wait, least of all those of a whole
 * region. One that may pass is never the end: whoever waits has touched the VM, and goes on until its own deadline.
 */
const REFUSALS_BELIEVED = 3;

/** What looks that failed mean for those to come: a longer pause, and, where JD Cloud goes on refusing them, the end. */
export class PollFailures {
  readonly #intervalMs: number;
  #slowdownMs = 0;
  #refusals = 0;

  /** @param intervalMs - the usual pause between two looks: the first failure makes it so much slower */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** By how much the next looks are slower. */
  get slowdownMs(): number {
    return this.#slowdownMs;
  }

  /** Takes in a look that failed, and tells whether it is the end. */
  take(error: unknown): boolean {
    const asked = error instanceof ThrottledError ? (error.retryAfterMs ?? 0) : 0;
    this.#slowdownMs = Math.min(Math.max(this.#slowdownMs * 2, this.#intervalMs, asked), SLOWEST_MS);
    this.#refusals = error instanceof RefusedError && !mayPass(error) ? this.#refusals + 1 : 0;
    return this.#refusals >= REFUSALS_BELIEVED;
  }

  /** A look was answered: the pauses come back to what they were by halves. */
  ease(): void {
    this.#slowdownMs = this.#slowdownMs < this.#intervalMs ? 0 : this.#slowdownMs / 2;
    this.#refusals = 0;
  }

  /** A look was answered: the pauses are what they were, at once. */
  forget(): void {
    this.#slowdownMs = 0;
    this.#refusals = 0;
  }
}

const FORGETTING = 0.3;

/**
 * How long each kind of transition usually takes in a region, learned from finished waits: an exponentially
 * weighted mean, so that a few odd ones do not count for long.
 */
export class TransitionTimes {
  readonly #meanMs = new Map<string, number>();

  /** Records that a transition took `durationMs`. */
  record(transition: string, durationMs: number): void {
    const mean = this.#meanMs.get(transition);
    this.#meanMs.set(transition, mean === undefined ? durationMs : mean + FORGETTING * (durationMs - mean));
  }

  /**
   * Pause before the next look. Long before the usual end it is half of what remains, four intervals at most; near
   * the end, half an interval; the more overdue (or, for a transition never seen, the longer it has taken), the longer,
   * up to one interval. So a VM that takes its usual time is seen within one interval of its end.
   */
  pauseMs(transition: string, elapsedMs: number, intervalMs: number): number {
    const remaining = (this.#meanMs.get(transition) ?? 0) - elapsedMs;
    if (remaining > 0) return clamp(remaining / 2, intervalMs / 2, 4 * intervalMs);
    return clamp(-remaining / 4, intervalMs / 2, intervalMs);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
