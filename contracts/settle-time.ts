/** Longest settle time that a worker may be given: an attempt at a rebuild call has five minutes, to settle what became of the last one, to check everything again, and to send. */
export const LONGEST_SETTLE_MS = 180_000;

/**
 * How long after the end of a rebuild that told nothing its VM may look untouched though its disk is erased: one settle
 * time for its activity, which may send until a heartbeat tells it that the rebuild has ended, and one in which a call
 * that was accepted may stay invisible. Milliseconds.
 */
export function untoldMs(settleMs: number): number {
  return 2 * settleMs;
}
