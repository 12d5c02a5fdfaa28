import type { Decision } from '../../contracts/decision.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';

/** What someone else may do to a VM of a walk, or to an image that it needs. */
export const MEDDLINGS = [
  'start',
  'stop',
  'reboot',
  'rebuild',
  'remove',
  'break',
  'release',
  'protect',
  'fill-metadata',
  'remove-image',
  'remove-former-image',
  'remove-backup',
] as const;
export type Meddling = (typeof MEDDLINGS)[number];

/** Those that change, or may change, what the VM itself is in. The others only take away what a rebuild needs. */
export const CHANGES_THE_VM: readonly Meddling[] = ['start', 'stop', 'reboot', 'rebuild', 'remove', 'break', 'release'];

/** One rebuild of a walk, as it is asked for. */
export interface Member {
  readonly status: 'running' | 'stopped';
  readonly image: 'another' | 'same';
  readonly power: 'as-was' | 'running' | 'stopped';
  readonly onFailure: 'leave' | 'hold' | 'rollback';
  readonly backup: 'none' | 'image';
  readonly keepsBackups: boolean;
  readonly hasHealthCheck: boolean;
  /** Its metadata is full, so that no marker can be written. */
  readonly isFull: boolean;
  readonly atDeadline: 'give-up' | 'rollback' | 'accept';
  /** Taken one after the other, each time it is held; null leaves it to the deadline. Then it is given up. */
  readonly decisions: readonly (Decision['decision'] | null)[];
  readonly startsAfterMs: number;
}

/** What an administrator may do to a rebuild by Temporal's own tools. A reset is to a task that the run has done. */
export type Administration =
  | { readonly act: 'reset'; readonly to: 'first' | 'last' }
  | { readonly act: 'pause-activity'; readonly forMs: number }
  | { readonly act: 'reset-activity'; readonly heartbeats: boolean };

/** What happens to a member in a walk. */
export type Deed =
  | { readonly do: 'fault'; readonly rule: FaultRule; readonly shared: boolean }
  | { readonly do: 'meddle'; readonly how: Meddling }
  | { readonly do: 'cancel' }
  | { readonly do: 'administer'; readonly how: Administration }
  | { readonly do: 'sicken' }
  | { readonly do: 'heal' }
  | { readonly do: 'kill' }
  | { readonly do: 'change-key' };

/** A deed is done once the VM has changed its status so often, and a little later. One whose moment never comes is not done. */
export interface Event {
  readonly member: number;
  readonly afterChanges: number;
  readonly delayMs: number;
  readonly deed: Deed;
}

/** All that is random in a walk, drawn before it begins. */
export interface Walk {
  /** How far back any read may go, by one change of its VM or image or by two; 0: none does. */
  readonly replicaLagMs: number;
  readonly members: readonly Member[];
  readonly events: readonly Event[];
}
