import type * as z from 'zod';
import type { FleetInput } from '../../../../contracts/fleet/fleet-input.js';
import type { RolloutPolicy } from '../../../../contracts/fleet/rollout-policy.js';
import type { FleetState } from '../../../../workflows/fleet/fleet-state.js';

/** How the rebuild of one VM goes in a play: how long it takes, and how it ends. */
export interface Part {
  readonly minutes: number;
  readonly end: 'done' | 'fails' | 'fails and stays down' | 'is held';
  /** Until which minute somebody else rebuilds it: it is down then, and deferred when its turn comes. */
  readonly busyUntil?: number;
  /** It was done, and the end of the bake finds it down. */
  readonly fallsOver?: boolean;
}

/** Something that an operator does at a minute of the play. */
export interface Cue {
  readonly minute: number;
  readonly what: string;
  readonly does: (record: FleetState) => void;
}

/** A fleet without any server: its VMs do as they are told, and the clock goes from event to event. */
export interface Play {
  readonly rollout?: z.input<typeof RolloutPolicy>;
  readonly waves: readonly { readonly name: string; readonly size: number }[];
  /** Zone and part of each VM, in their order. */
  readonly vms: readonly (Part & { readonly az: string; readonly isDown?: boolean })[];
  readonly cues?: readonly Cue[];
  /** Rebuilds after which a run continues as new, whatever is under way; absent: one run is enough. */
  readonly startsOfRun?: number;
}

/** What became of a play: a line for each decision, with its minute and its reason. */
export interface Played {
  readonly lines: readonly string[];
  readonly record: FleetState;
  readonly input: FleetInput;
}
