import type { EarlierRun } from './earlier-run.js';
import type { Phase } from './phases.js';

/** A run that the server has ended in mid-work: its VM is left to whoever comes next. */
export interface Abandoned {
  readonly runId: string;
  readonly requestedBy: string | null;
  /** Where it was. */
  readonly phase: Phase;
  /** The power state that it would have left the VM in; null where it has made no plan. */
  readonly power: 'running' | 'stopped' | null;
  /** The image that it was to put on; null where it has made no plan. */
  readonly imageId: string | null;
  /** It was an earlier run of the same operation. */
  readonly isOwn: boolean;
}

/**
 * What a run may do that Temporal has reset.
 *
 * - `anew`: its earlier runs have found nothing out: it begins like any other
 * - `goes-on`: the disk is as they have found it
 * - `rebuilt`: they have erased it: it is driven on, and not erased again
 * - `refused`: someone else has rebuilt the VM since, or had it when the reset came
 */
export interface RerunVerdict {
  readonly state: 'anew' | 'goes-on' | 'rebuilt' | 'refused';
  /** Why it is refused, as a sentence. */
  readonly why: string | null;
  /** How the VM was found before anything was touched; null where no earlier run got so far. */
  readonly plan: EarlierRun['plan'];
  /** The last run was ended in mid-work, so the power state of now says nothing of how the VM was. */
  readonly isCutShort: boolean;
  /** A rebuild call of an earlier run may be out. */
  readonly maySend: boolean;
  readonly backup: EarlierRun['backup'];
  /** Who is to be brought to an end where this run does not go on; null for nobody. */
  readonly abandoned: Abandoned | null;
}
