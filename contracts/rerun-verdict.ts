import * as z from 'zod';
import { BackupOrder } from './earlier-run.js';
import { Phase } from './phases.js';
import { RebuildPlan } from './rebuild-plan.js';
import { VmState } from './rebuild-result.js';

/** A run that the server has ended in mid-work: its VM is left to whoever comes next. */
export const Abandoned = z.object({
  runId: z.string(),
  requestedBy: z.string().nullable(),
  /** Where it was. */
  phase: Phase,
  /** The power state that it would have left the VM in; null where it has made no plan. */
  power: z.enum(['running', 'stopped']).nullable(),
  /** The image that it was to put on; null where it has made no plan. */
  imageId: z.string().nullable(),
  /** It was an earlier run of the same operation. */
  isOwn: z.boolean(),
});
export type Abandoned = z.output<typeof Abandoned>;

/**
 * What a run may do that Temporal has reset.
 *
 * - `anew`: its earlier runs have found nothing out: it begins like any other
 * - `goes-on`: the disk is as they have found it
 * - `rebuilt`: they have erased it: it is driven on, and not erased again
 * - `refused`: someone else has rebuilt the VM since, or had it when the reset came
 */
export const RerunVerdict = z.object({
  /** The run that has looked: one that is reset past that looks again. */
  runId: z.string(),
  /** The VM as it was seen. */
  seen: VmState,
  state: z.enum(['anew', 'goes-on', 'rebuilt', 'refused']),
  /** Why it is refused, as a sentence. */
  why: z.string().nullable(),
  /** How the VM was found before anything was touched; null where no earlier run got so far. */
  plan: RebuildPlan.nullable(),
  /** The last run was ended in mid-work, so the power state of now says nothing of how the VM was. */
  isCutShort: z.boolean(),
  /** A rebuild call of an earlier run may be out. */
  maySend: z.boolean(),
  backup: BackupOrder.nullable(),
  /** Who is to be brought to an end where this run does not go on; null for nobody. */
  abandoned: Abandoned.nullable(),
});
export type RerunVerdict = z.output<typeof RerunVerdict>;
