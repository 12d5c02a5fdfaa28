import type { SteadyClock } from '../../../jdcloud/clocks.js';

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. Begins at 0. */
export class ManualClock implements SteadyClock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.#now;

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { dueAt: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Lets time pass: each timer runs at its own time. */
  advance(byMs: number): void {
    const end = this.#now + byMs;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.dueAt);
      this.#run(next);
    }
    this.#now = end;
  }

  /** A process that stood still: all timers that came due meanwhile run late, in their order. */
  freeze(forMs: number): void {
    this.#now += forMs;
    const now = this.#now;
    for (let next = this.#next(now); next !== undefined; next = this.#next(now)) this.#run(next);
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    timer.run();
  }

  #next(by: number): Timer | undefined {
    return [...this.#timers].filter(({ dueAt }) => dueAt <= by).toSorted((a, b) => a.dueAt - b.dueAt)[0];
  }
}
