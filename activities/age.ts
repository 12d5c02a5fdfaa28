/** Milliseconds since a moment. */
export type Age = () => number;

/**
 * Begins to count an age that a call is held back by: by the steady clock or the wall clock, whichever says more. The
 * steady clock of a machine that sleeps stands still, and the wall clock may be set back. What waits for time to pass
 * goes by the steady clock alone, which never says too much.
 */
export function startAge(): Age {
  const [steadyAt, wallAt] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - steadyAt, Date.now() - wallAt);
}
