import * as z from 'zod';
import type { Phase } from './phases.js';
import type { RebuildPlan } from './rebuild-plan.js';

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
  readonly maySend: boolean;
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
