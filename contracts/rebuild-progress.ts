import * as z from 'zod';
import { Phase, PhaseRecord } from './phases.js';

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
  /** What the rebuild does next, or why it does not move, in one line. */
  next: z.string(),
  cancelRequestedAt: z.iso.datetime().nullable(),
  timeline: z.array(PhaseRecord),
});
export type RebuildProgress = z.output<typeof RebuildProgress>;
