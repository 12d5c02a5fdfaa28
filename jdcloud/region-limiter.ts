import type { SteadyClock } from './clocks.js';

/** How a call ended, as far as the gate cares. */
export type CallEnd =
  | { readonly kind: 'answered' }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null };

/** A call that was let through. `end` must be called once it is over. */
export interface Permit {
  readonly end: (how: CallEnd) => void;
}

/** Why a call was turned away. */
export interface TurnedAway {
  /** Milliseconds until the region is asked again after throttling; 0 when it is the cap that makes calls wait. */
  readonly opensInMs: number;
  /** Calls that waited, this one among them. */
  readonly waiting: number;
}

/** One who waits to be let through. */
export interface PermitRequest {
  /** Lower goes first; equal ones in the order in which they came. */
  readonly priority: number;
  /** How long it may wait. It is turned away as soon as it is certain that it would have to wait longer. */
  readonly maxWaitMs: number;
  /** Makes the error of a call that is turned away. */
  readonly refuse: (why: TurnedAway) => Error;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly priority: number;
  readonly expiresAt: number;
  readonly letThrough: (pass: Permit) => void;
  readonly reject: (why: TurnedAway) => void;
}

/** What the gate of a region goes by. */
export interface RegionLimiterOptions {
  readonly clock: SteadyClock;
  readonly pace: ThrottlePace;
  /** Null: no cap. */
  readonly budget: CallBudget | null;
}

/**
 * All calls of a process to one region pass it, one after the other: held back while the region is throttled, and
 * within the cap. A waiter whose time is up is never let through, however late the process woke up.
 */
export class RegionLimiter {
  readonly #clock: SteadyClock;
  readonly #pace: ThrottlePace;
  readonly #budget: CallBudget | null;
  #waiters: Waiter[] = [];
  #underWay = 0;
  #callOff: () => void = () => {};

  constructor({ clock, pace, budget }: RegionLimiterOptions) {
    this.#clock = clock;
    this.#pace = pace;
    this.#budget = budget;
  }

  /** Calls that wait now. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** Resolves when the call may go. Rejects with what `refuse` made, or with the signal's reason. */
  async enter({ priority, maxWaitMs, refuse, signal }: PermitRequest): Promise<Permit> {
    signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
        this.#advance();
      };
      const stopListening = () => signal?.removeEventListener('abort', abort);
      const waiter: Waiter = {
        priority,
        expiresAt: this.#clock.now() + maxWaitMs,
        letThrough: (pass) => (stopListening(), resolve(pass)),
        reject: (why) => (stopListening(), reject(refuse(why))),
      };
      signal?.addEventListener('abort', abort, { once: true });
      const behind = this.#waiters.findIndex((other) => other.priority > priority);
      this.#waiters.splice(behind < 0 ? this.#waiters.length : behind, 0, waiter);
      this.#advance();
    });
  }

  #advance(): void {
    this.#callOff();
    const now = this.#clock.now();
    this.#rejectHopeless(now);
    while (this.#waitMs(now) <= 0 && this.#underWay < this.#pace.atOnce()) {
      const next = this.#waiters.shift();
      if (next === undefined) break;
      this.#letThrough(next, now);
    }
    this.#wakeUpLater(now);
  }

  #waitMs(now: number): number {
    return Math.max(this.#pace.waitMs(now), this.#budget?.waitMs(now) ?? 0);
  }

  #rejectHopeless(now: number): void {
    const opensInMs = this.#pace.waitMs(now);
    const waiting = this.#waiters.length;
    const isHopeless = ({ expiresAt }: Waiter) => now >= expiresAt || now + opensInMs > expiresAt;
    const hopeless = this.#waiters.filter(isHopeless);
    this.#waiters = this.#waiters.filter((waiter) => !isHopeless(waiter));
    for (const { reject } of hopeless) reject({ opensInMs, waiting });
  }

  #letThrough({ letThrough }: Waiter, sentAt: number): void {
    this.#budget?.spend(sentAt);
    this.#underWay++;
    let isOver = false;
    letThrough({
      end: (how) => {
        if (isOver) return;
        isOver = true;
        this.#underWay--;
        const times = { sentAt, now: this.#clock.now() };
        if (how.kind === 'throttled') this.#pace.throttled(times, how.retryAfterMs);
        else this.#pace.cameBack(times, how.kind === 'answered');
        this.#advance();
      },
    });
  }

  /** At the next instant at which something may change by time alone. */
  #wakeUpLater(now: number): void {
    if (this.#waiters.length === 0) return;
    const opensInMs = this.#waitMs(now);
    const firstExpiryMs = Math.min(...this.#waiters.map(({ expiresAt }) => expiresAt)) - now;
    const delayMs = opensInMs > 0 ? Math.min(opensInMs, firstExpiryMs) : firstExpiryMs;
    this.#callOff = this.#clock.after(delayMs, () => this.#advance());
  }
}

/** How many calls may go in a minute. Instants are milliseconds of a steady clock. */
export interface CallBudget {
  /** Milliseconds until a call may go; 0 when it may go now. */
  readonly waitMs: (now: number) => number;
  /** A call goes now. */
  readonly spend: (now: number) => void;
}

const MINUTE_MS = 60_000;

/** What may go at once after a rest: a sixth of a minute's calls, so that many rebuilds may begin together. */
const BURST_SHARE = 1 / 6;

/**
 * A token bucket that lets no more than `callsPerMinute` calls (2 or more) go in any minute, wherever one begins to
 * count: a sixth may go at once, and the bucket fills up with what remains of the minute's calls.
 *
 * Kept as the instant at which the bucket would be full again (the generic cell rate algorithm): one number, no timer.
 */
export function createCallBudget(callsPerMinute: number): CallBudget {
  const burst = Math.max(1, Math.floor(callsPerMinute * BURST_SHARE));
  const perCallMs = MINUTE_MS / (callsPerMinute - burst);
  let fullAt = Number.NEGATIVE_INFINITY;
  return {
    waitMs: (now) => Math.max(0, fullAt - (burst - 1) * perCallMs - now),
    spend: (now) => {
      fullAt = Math.max(fullAt, now) + perCallMs;
    },
  };
}

/** When a region is asked again after it has throttled, and by how many calls at a time. */
export interface ThrottlePace {
  /** Milliseconds until a call may go; 0 when it may go now. */
  readonly waitMs: (now: number) => number;
  /** How many calls may be under way at a time. */
  readonly atOnce: () => number;
  /** A call was throttled. @param retryAfterMs - what Retry-After said; null without it */
  readonly throttled: (call: CallTimes, retryAfterMs: number | null) => void;
  /** A call came back, `answered` or not, and was not throttled. */
  readonly cameBack: (call: CallTimes, answered: boolean) => void;
}

/** When a call was let through and when it came back, milliseconds of a steady clock. */
export interface CallTimes {
  readonly sentAt: number;
  readonly now: number;
}

/** From so many at a time on there is no limit any more. */
const WIDE_OPEN = 64;

/**
 * After a throttled call nothing goes for as long as Retry-After says, or for a pause that doubles each time from
 * `firstPauseMs` on; `longestPauseMs` bounds both. Then one call goes and tells whether the pause was enough: with
 * each answer twice as many may be under way, until there is no limit any more, and the pause is halved.
 *
 * What calls tell that were under way when the region was closed is old news, save a Retry-After.
 */
export function createThrottlePace({
  firstPauseMs,
  longestPauseMs,
}: {
  firstPauseMs: number;
  longestPauseMs: number;
}): ThrottlePace {
  let opensAt = Number.NEGATIVE_INFINITY;
  let pauseMs = 0;
  let atOnce = Number.POSITIVE_INFINITY;
  return {
    waitMs: (now) => Math.max(0, opensAt - now),
    atOnce: () => atOnce,
    throttled: ({ sentAt, now }, retryAfterMs) => {
      const isAsked = retryAfterMs !== null && retryAfterMs > 0;
      if (!isAsked && sentAt < opensAt) return;
      if (!isAsked) pauseMs = Math.min(Math.max(pauseMs * 2, firstPauseMs), longestPauseMs);
      opensAt = Math.max(opensAt, now + (isAsked ? Math.min(retryAfterMs, longestPauseMs) : pauseMs));
      atOnce = 1;
    },
    cameBack: ({ sentAt }, answered) => {
      if (sentAt < opensAt) return;
      const wider = answered ? atOnce * 2 : atOnce + 1;
      atOnce = wider >= WIDE_OPEN ? Number.POSITIVE_INFINITY : wider;
      if (answered) pauseMs = pauseMs < firstPauseMs ? 0 : pauseMs / 2;
    },
  };
}
