import type { RebuildTarget } from '../../activities/decisions/landing.js';
import type { Observation } from '../../activities/decisions/observation.js';
import type { FailureType } from '../../contracts/failures.js';
import type { Unseen } from '../../workflows/decisions/claims.js';

/** What stays the same in one exploration. */
export interface Scenario {
  readonly name: string;
  readonly power: 'running' | 'stopped';
  /** The image asked for: another one, or the one that the VM has. */
  readonly image: 'other' | 'same';
  readonly markerUsable: boolean;
  /** When image, disk and marker of a rebuilt VM show: as soon as it is `rebuilding`, or with its end. */
  readonly shows: 'at-once' | 'at-end';
  readonly bounds: Bounds;
  /** What is assumed not to happen, and does here. */
  readonly windows: readonly Window[];
}

/** How often each thing may happen in one story. */
export interface Bounds {
  /** Attempts beyond the first of each activity, in all. */
  readonly repeats: number;
  readonly staleReads: number;
  readonly foreignActs: number;
  readonly resets: number;
  readonly cancels: number;
  /** Operations beside the first, under the lock's id. */
  readonly laterRuns: number;
  /** Operations beside the first, under an id that is not the lock's. */
  readonly otherIds: number;
  /** Phases that run out of time. */
  readonly deadlines: number;
  /** Workers that freeze, sleep or die. */
  readonly stalls: number;
  /** Attempts that fail harmlessly, and those whose payload cannot be read. */
  readonly failures: number;
}

/**
 * - `sleep-before-wire`: a machine sleeps between the server's word and the first byte
 * - `late-call`: JD Cloud performs a call later than it settles
 * - `stale-for-long`: a read shows what was before for longer than a settle time
 * - `foreign-rebuild`: somebody else rebuilds the VM while a rebuild call of ours is on the wire
 */
export type Window = 'sleep-before-wire' | 'late-call' | 'stale-for-long' | 'foreign-rebuild';

/** The VM in truth. */
export interface Vm {
  readonly status: string;
  readonly image: string;
  /** Counts up with each rebuild. */
  readonly disk: number;
  readonly marker: string | null;
  /** What a rebuild under way will show at its end; null where nothing is left to show. */
  readonly next: { readonly image: string; readonly marker: string | null } | null;
  /** Index of the run that brought it into a status of passage; -1 for somebody else, null at rest. */
  readonly by: number | null;
  /** Counts the changes that the newest run has not made. */
  readonly era: number;
}

/** A call that has been sent and is neither performed nor lost. */
export interface Call {
  readonly kind: 'rebuild' | 'stop' | 'start';
  readonly run: number;
  /** Its sender waits for the answer. */
  readonly awaited: boolean;
}

/** One attempt at an activity that changes something, in a worker of its own. */
export interface Attempt {
  readonly kind: Call['kind'];
  readonly run: number;
  readonly number: number;
  readonly at: 'begin' | 'look' | 'settle' | 'last' | 'read' | 'ready' | 'confirmed' | 'sent';
  /** A call of an earlier attempt may be out, as far as it knows. */
  readonly mayBeOut: boolean;
  /** Its worker does nothing: frozen, asleep or dead. */
  readonly isStalled: boolean;
  /** The server has given it up, or the whole run. */
  readonly isOver: boolean;
  /** It has slept since it looked, for longer than a heartbeat timeout. */
  readonly isOld: boolean;
  readonly seen: Seen | null;
}

/** What was seen of the VM. */
export interface Seen {
  readonly status: string;
  readonly image: string;
  readonly era: number;
}

/** What the server knows of the activity that a run waits for. */
export interface Activity {
  readonly attempt: number;
  /** No more attempts are played: its time is all that is left. */
  readonly isLast: boolean;
  readonly isCancelRequested: boolean;
  /** The last heartbeat that it has. */
  readonly word: { readonly attempt: number; readonly noneInFlight: boolean } | null;
  /** What the last attempt that reported ended with; null for none. */
  readonly lastFailure: Failed | null;
  /** The server has given the last attempt up. */
  readonly isSilent: boolean;
  /** The last attempt could not read what it was handed. */
  readonly neverRan: boolean;
}

/** How an attempt, or a step, has ended that came to no report. */
export interface Failed {
  readonly type: FailureType;
  readonly callMayBeInFlight?: boolean;
  readonly seen?: Seen | null;
  readonly operation?: string;
  readonly httpStatus?: number;
  /** All looks of a settle time have shown `seen`. */
  readonly isSettled?: boolean;
}

/** What a wait remembers. */
export interface Memory {
  readonly sawPassing: boolean;
  readonly sawFormerImage: boolean;
  readonly sawFormerDisk: boolean;
  readonly last: string | null;
  /** The last look; null for none, or where another worker has taken the wait up without its heartbeat. */
  readonly seen: Seen | null;
  /** Whether all looks have shown the same: not, for a while, for a settle time. */
  readonly held: 'no' | 'yes' | 'settled';
}

export const FORGOTTEN: Memory = {
  sawPassing: false,
  sawFormerImage: false,
  sawFormerDisk: false,
  last: null,
  seen: null,
  held: 'no',
};

/** What a run found before it touched anything. */
export interface Plan {
  readonly power: 'running' | 'stopped';
  readonly image: string;
  readonly disk: number;
  readonly marker: string | null;
}

export type Step =
  | 'look-back'
  | 'plan'
  | 'stop'
  | 'wait-stopped'
  | 'rebuild'
  | 'find'
  | 'find-settle'
  | 'find-last'
  | 'wait-back'
  | 'start'
  | 'wait-running'
  | 'stop-again'
  | 'wait-stopped-again'
  | 'verify'
  | 'settle'
  | 'settle-calls'
  | 'undo-rest'
  | 'undo-start'
  | 'undo-wait'
  | 'finish-rest'
  | 'finish-start'
  | 'finish-wait'
  | 'ended';

/** What a reset run has found of those before it. */
export interface LookedBack {
  readonly state: 'from-start' | 'continue' | 'rebuilt' | 'refused';
  readonly isCutShort: boolean;
  /** A call of theirs may be out. */
  readonly maySend: boolean;
  readonly plan: Plan | null;
  /** The power state that whoever was cut short would have left; undefined for nobody. */
  readonly abandoned?: 'running' | 'stopped' | null;
}

/** One run of an operation. */
export interface Run {
  readonly operation: string;
  readonly isRerun: boolean;
  readonly hasLock: boolean;
  readonly step: Step;
  /** Where a look back, or a settling, leads to. */
  readonly leadsTo: Step | null;
  readonly plan: Plan | null;
  readonly isTouched: boolean;
  readonly unseen: Unseen;
  readonly observed: Seen | null;
  /** It came to the rebuild call. */
  readonly maySend: boolean;
  /** What a reset run has found; null before it has looked. */
  readonly lookedBack: LookedBack | null;
  /** It was touched before the step under way. */
  readonly wasTouched: boolean;
  readonly sawRebuilding: boolean;
  readonly memory: Memory;
  readonly settled: boolean;
  readonly isCancelled: boolean;
  readonly activity: Activity | null;
  /** A stop or start may be on its way, its answer lost. */
  readonly mayBeOut: boolean;
  /** Why it is given up. */
  readonly why: Failed | null;
  /** Giving the power state back has failed. */
  readonly undoFailed: boolean;
  /** The server has ended it, for a reset. */
  readonly isCutShort: boolean;
  readonly result: Result | null;
}

export interface Result {
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly type: FailureType | null;
  readonly image: string | null;
  readonly status: string | null;
}

/** Everything, at one moment. */
export interface State {
  readonly vm: Vm;
  /** What it was before, the newest first: what a stale read shows. */
  readonly past: readonly Vm[];
  readonly wire: readonly Call[];
  /** Somebody else has rebuilt the VM. */
  readonly isForeign: boolean;
  /** How often each operation's rebuild has taken effect. */
  readonly erased: Readonly<Record<string, number>>;
  readonly runs: readonly Run[];
  readonly attempts: readonly Attempt[];
  readonly left: Bounds;
  /** What is wrong, if anything is. */
  readonly wrong: string | null;
}

/** A state that may come next, and what happened. */
export interface Next {
  readonly what: string;
  readonly state: State;
}

export const OLD_IMAGE = 'A';
export const NEW_IMAGE = 'B';

export function imageAsked({ image }: Scenario): string {
  return image === 'same' ? OLD_IMAGE : NEW_IMAGE;
}

const targets = new Map<string, RebuildTarget>();

/** The target as workflows hand it to activities. */
export function targetOf(scenario: Scenario, { operation, plan, isRerun, lookedBack }: Run): RebuildTarget {
  const mayHaveSent = isRerun && lookedBack?.maySend !== false;
  const key = JSON.stringify([scenario.name, operation, plan, mayHaveSent]);
  const known = targets.get(key);
  if (known !== undefined) return known;
  const target: RebuildTarget = {
    vm: { regionId: 'cn-north-1', instanceId: 'i-model' },
    imageId: imageAsked(scenario),
    before: { imageId: plan?.image ?? null, systemDiskId: plan === null ? null : diskId(plan.disk) },
    marker: operation,
    markerUsable: scenario.markerUsable,
    isRerun: mayHaveSent,
  };
  targets.set(key, target);
  return target;
}

export function diskId(disk: number): string {
  return `vol-${disk}`;
}

/** A look, as decisions take it. */
export function toObservation({ status, image, disk }: Pick<Vm, 'status' | 'image' | 'disk'>): Observation {
  return { status, imageId: image, systemDiskId: diskId(disk), observedAt: '' };
}

/** One thing changed in one element of a list. */
export function withItem<T>(list: readonly T[], index: number, change: Partial<T>): readonly T[] {
  return list.map((item, at) => (at === index ? { ...item, ...change } : item));
}

export function withRun(state: State, index: number, change: Partial<Run>): State {
  return { ...state, runs: withItem(state.runs, index, change) };
}

/** One less of what may happen; null where there is nothing left of it. */
export function spend(state: State, bound: keyof Bounds): State | null {
  if (state.left[bound] <= 0) return null;
  return { ...state, left: { ...state.left, [bound]: state.left[bound] - 1 } };
}
