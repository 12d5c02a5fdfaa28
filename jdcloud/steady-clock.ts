/** Time for pauses: it never goes back and does not jump when someone sets the clock. */
export interface SteadyClock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Runs `run` once, at the earliest after so many milliseconds. Returns what calls it off. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** This process' own. */
export const STEADY_CLOCK: SteadyClock = {
  now: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.ceil(delayMs));
    return () => clearTimeout(timer);
  },
};
