// Node makes 1 ms of anything longer.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Cancels what was put off; harmless when it has already run. */
export type Cancel = () => void;

interface Pending {
  readonly dueAt: number;
  readonly run: () => void;
}

/**
 * Wall clock and timers of one simulator. What is due runs in order of its time, then of its
 * asking, so that state changes never depend on the order of Node's timers. The timers do not keep
 * the process alive.
 */
export class Clock {
  readonly #pending = new Set<Pending>();
  readonly #elapsed: () => number;
  readonly #wall: () => number;
  #timer: NodeJS.Timeout | null = null;

  /** `elapsed` gives milliseconds that never go back; `wall` those since 1970, by which nothing is put off. */
  constructor(elapsed: () => number = () => performance.now(), wall: () => number = Date.now) {
    this.#elapsed = elapsed;
    this.#wall = wall;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#wall();
  }

  /** Runs `run` after `delayMs`, never within this call. */
  after(delayMs: number, run: () => void): Cancel {
    const pending = { dueAt: this.#elapsed() + delayMs, run };
    this.#pending.add(pending);
    this.#arm();
    return () => {
      this.#pending.delete(pending);
    };
  }

  /** Waits `delayMs`; never resolves once the clock is closed. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /** Forgets everything put off. */
  close(): void {
    this.#pending.clear();
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const next = this.#next();
    if (next === null) return;
    const inMs = Math.max(0, next.dueAt - this.#elapsed());
    this.#timer = setTimeout(() => this.#runDue(), Math.min(inMs, LONGEST_TIMER_MS));
    this.#timer.unref();
  }

  #runDue(): void {
    for (let next = this.#next(); next !== null && next.dueAt <= this.#elapsed(); next = this.#next()) {
      this.#pending.delete(next);
      next.run();
    }
    this.#arm();
  }

  // A set is read in the order of adding, so that of two due at once the first asked comes first.
  #next(): Pending | null {
    let next: Pending | null = null;
    for (const pending of this.#pending) {
      if (next === null || pending.dueAt < next.dueAt) next = pending;
    }
    return next;
  }
}

const BEIJING_OFFSET_MS = 8 * 3_600_000;

/** `YYYY-MM-DD HH:mm:ss` in Beijing time, the form of launchTime and createTime. */
export function beijingTime(epochMs: number): string {
  return new Date(epochMs + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** ISO 8601 in UTC without milliseconds, the form of charge times, from a Beijing time. */
export function utcFromBeijing(beijing: string): string {
  const epochMs = Date.parse(`${beijing.replace(' ', 'T')}Z`) - BEIJING_OFFSET_MS;
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
