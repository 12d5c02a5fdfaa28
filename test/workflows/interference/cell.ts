import type { FailureType } from '../../../contracts/failures.js';
import type { Phase, RebuildProgress } from '../../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../../contracts/rebuild-request.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import type { Lane, LaneOptions } from '../../fixtures/lane.js';

/** What someone else does to a VM in a phase of its rebuild, and what comes of it. docs/proof.md is held equal to it. */
export interface Cell {
  readonly phase: Phase;
  /** What someone does, and when. */
  readonly change: string;
  /** What Reimage does. */
  readonly reaction: string;
  readonly lane?: LaneOptions;
  readonly request?: Partial<RebuildRequestInput>;
  readonly faults?: readonly FaultRule[];
  /** A fault that is set only at some change in the cloud. */
  readonly arm?: { readonly when: (lane: Lane) => boolean; readonly fault: FaultRule };
  /** When a start that is stuck goes on. */
  readonly startsOnce?: (lane: Lane) => boolean;
  /** When it is done: at a change in the cloud, before anybody can look, or once the rebuild has come so far; absent: before it begins. */
  readonly when?: ((progress: RebuildProgress) => boolean) | { readonly cloud: (lane: Lane) => boolean };
  readonly act: (lane: Lane, progress: RebuildProgress) => void;
  /** Whether the rebuild is held then, to be retried. */
  readonly retries?: true;
  /** The failure it ends in; null when it is done. */
  readonly type: FailureType | null;
  /** Types in `failures`, where the end is not all that is told. */
  readonly tells?: readonly FailureType[];
  /** JD Cloud's status at the end; null when the VM is gone. */
  readonly status: string | null;
  /** All changes that Reimage itself asked JD Cloud for. */
  readonly calls: readonly string[];
}
