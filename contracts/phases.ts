import * as z from 'zod';

/**
 * Where a rebuild is. The words of the design; `restoring-power` undoes a stop when the rebuild call was not made; in
 * `held` a failed rebuild waits for a decision.
 */
export const PHASES = [
  'validating',
  'stopping',
  'backing-up',
  'rebuilding',
  'starting',
  'verifying',
  'restoring-power',
  'held',
  'rolling-back',
  'done',
  'failed',
  'cancelled',
] as const;

export const Phase = z.enum(PHASES);
export type Phase = z.output<typeof Phase>;

/** Phases with nothing after them. */
export const FINAL_PHASES: readonly Phase[] = ['done', 'failed', 'cancelled'];

/** One phase of a rebuild with its times (ISO 8601, UTC, by the workflow's clock). */
export const PhaseRecord = z.object({
  phase: Phase,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type PhaseRecord = z.output<typeof PhaseRecord>;
