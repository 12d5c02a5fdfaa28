import * as z from 'zod';
import { Held } from './decision.js';

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

/** Where a rebuild is, as the query `progress` answers it. The client adds what only the server knows: attempts and the last error of the activity under way. */
export const RebuildProgress = z.object({
  phase: Phase,
  /** When the phase began (ISO 8601, UTC). */
  since: z.iso.datetime(),
  /** JD Cloud's status of the VM, as last seen; null before the first look. */
  observedStatus: z.string().nullable(),
  /** Attempts of the step under way, 1 when all goes well. */
  attempts: z.int(),
  lastError: z.string().nullable(),
  /** What the health check under way said last, good or bad, with its name; or why the step waits though the VM seems to have arrived. */
  lastAnswer: z.string().nullable().optional(),
  /** Whose `lastAnswer` is: a health check's, or the step's own. */
  answeredBy: z.enum(['check', 'step']).optional(),
  /** What the rebuild does next, or why it does not move, in one line. */
  next: z.string(),
  cancelRequestedAt: z.iso.datetime().nullable(),
  timeline: z.array(PhaseRecord),
  /** Id of the image that the VM had before; null before it is known. */
  imageBeforeId: z.string().nullable().optional(),
  /** Id of the backup image, once JD Cloud has taken the call. */
  backupImageId: z.string().nullable().optional(),
  /** What a held rebuild waits for. */
  held: Held.nullable().optional(),
});
export type RebuildProgress = z.output<typeof RebuildProgress>;
