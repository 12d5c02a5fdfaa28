import * as z from 'zod';
import { RebuildPlan } from './rebuild-plan.js';
import { Phase } from './rebuild-progress.js';
import { VmState } from './rebuild-result.js';

/** By what the image is known that a run has asked for. */
export const BackupOrder = z.object({ name: z.string(), description: z.string(), withDataDisks: z.boolean() });
export type BackupOrder = z.output<typeof BackupOrder>;

/** What a run of a VM's rebuild has left behind, told from its own history. */
export interface EarlierRun {
  readonly runId: string;
  /** What its rebuild call writes on the VM. */
  readonly marker: string;
  readonly requestedBy: string | null;
  /** The server ended it, for a reset or a termination: it has not brought the VM to an end. */
  readonly isCutShort: boolean;
  /** The last phase that it showed. */
  readonly phase: Phase;
  /** How it found the VM before it touched anything; null where it never got so far. */
  readonly plan: RebuildPlan | null;
  /** It came to the rebuild call, which may have been sent. */
  readonly mayHaveSent: boolean;
  /** The backup that it has asked for, as it was ordered; null for none. */
  readonly backup: BackupOrder | null;
}

/** What a run that Temporal has reset finds when it begins. */
export interface LeftBehind {
  /** The other runs of its operation, the newest first. */
  readonly before: readonly EarlierRun[];
  /**
   * Runs of other operations that the reset has ended, and those that they had ended so themselves, the newest first: one
   * of them may have had the VM.
   */
  readonly displaced: readonly EarlierRun[];
  /** Markers of other operations that began later than the newest run of `before`, as far as the index shows them. */
  readonly laterMarkers: readonly string[];
}

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
 * - `from-start`: its earlier runs have found nothing out: it begins like any other
 * - `continue`: the disk is as they have found it
 * - `rebuilt`: they have erased it: it is driven on, and not erased again
 * - `refused`: someone else has rebuilt the VM since, or had it when the reset came
 */
export const RerunVerdict = z.object({
  /** The run that has looked: one that is reset past that looks again. */
  runId: z.string(),
  /** The VM as it was seen. */
  observed: VmState,
  state: z.enum(['from-start', 'continue', 'rebuilt', 'refused']),
  /** Why it is refused, as a sentence. */
  reason: z.string().nullable(),
  /** How the VM was found before anything was touched; null where no earlier run got so far. */
  plan: RebuildPlan.nullable(),
  /** The last run was ended in mid-work, so the power state of now says nothing of how the VM was. */
  isCutShort: z.boolean(),
  /** A rebuild call of an earlier run may be out. */
  mayHaveSent: z.boolean(),
  backup: BackupOrder.nullable(),
  /** Who is to be brought to an end where this run does not go on; null for nobody. */
  abandoned: Abandoned.nullable(),
});
export type RerunVerdict = z.output<typeof RerunVerdict>;
