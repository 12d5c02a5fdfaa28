import type { ProbeLimits } from '../../../../activities/health/probes.js';

/** Limits of one look that no good look comes near. */
export function patient(overrides: Partial<ProbeLimits> = {}): ProbeLimits {
  return { timeoutMs: 20_000, signal: new AbortController().signal, ...overrides };
}

/** For a look that is to run out of time. */
export const IMPATIENT_MS = 300;
