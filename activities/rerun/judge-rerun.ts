import type { EarlierRun, LeftBehind } from '../../contracts/earlier-run.js';
import { isRollbackOf } from '../../contracts/names.js';
import type { Abandoned, RerunVerdict } from '../../contracts/rerun-verdict.js';

/** The VM as it is when a reset run looks at it. */
export interface VmNow {
  readonly status: string;
  readonly imageId: string | null;
  readonly systemDiskId: string | null;
  /** The marker that it carries, null for none; undefined where its metadata may not be read. */
  readonly marker: string | null | undefined;
}

/** A verdict that does not say yet who has asked for it, and what was seen. */
type Judgement = Omit<RerunVerdict, 'runId' | 'seen'>;

/** The operation that a reset run is a run of. */
export interface Operation {
  readonly marker: string;
  /** The image asked for; null where it is the one that the VM had. */
  readonly imageId: string | null;
  /** The marker of its rollback, where the run has begun one; null for none. */
  readonly rollback: string | null;
}

/**
 * What a reset run may do, from what its earlier runs have left and from what the VM is now. Pure.
 *
 * It goes on where the VM is as they have found it, drives on what they have erased, and erases nothing that another
 * operation has put there, or that was put back since.
 * @see docs/decisions/0023-what-a-reset-run-may-do.md
 */
export function judgeRerun(left: LeftBehind, now: VmNow, operation: Operation): Judgement {
  const last = left.before.find(hasDoneSomething);
  const displaced = left.displaced.find(isCutOff) ?? null;
  const isSeenTo = now.marker != null && left.laterMarkers.includes(now.marker);
  const found = { plan: planOf(left), maySend: left.before.some((run) => run.maySend) };
  return {
    ...found,
    isCutShort: last !== undefined && isCutOff(last),
    backup: left.before.find((run) => run.backup !== null)?.backup ?? null,
    abandoned: abandonedBy(last, displaced, isSeenTo),
    ...(displaced === null
      ? (byMarker(found, now, { ...operation, isSeenTo }) ?? byDisk(found, now, operation))
      : refused(`Another operation had the VM when this run was reset: run ${displaced.runId}.`)),
  };
}

/** What the earlier runs have found and done. */
type Found = Pick<RerunVerdict, 'plan' | 'maySend'>;
type Decided = Pick<RerunVerdict, 'state' | 'why'>;

const refused = (why: string): Decided => ({ state: 'refused', why });
const allowed = (state: 'anew' | 'goes-on' | 'rebuilt'): Decided => ({ state, why: null });

/** How they have found the VM: a run that has found something against it may have found it as another had left it. */
function planOf({ before }: LeftBehind): Found['plan'] {
  const found = before.find(({ plan }) => plan?.misfits.length === 0) ?? before.find(({ plan }) => plan);
  return found?.plan ?? null;
}

/** @returns null where the marker that the VM carries does not say it */
function byMarker(
  { plan }: Found,
  now: VmNow,
  { marker, rollback, isSeenTo }: Operation & { readonly isSeenTo: boolean },
): Decided | null {
  const carried = now.marker ?? null;
  if (carried !== null && [marker, rollback].includes(carried)) return allowed(plan === null ? 'anew' : 'rebuilt');
  if (carried !== null && isRollbackOf(carried, marker))
    return refused('This operation rebuilt the VM and was rolled back: ask for a new rebuild instead.');
  return isSeenTo ? refused(rebuiltSince(now)) : null;
}

function byDisk({ plan, maySend }: Found, now: VmNow, { imageId }: Operation): Decided {
  if (plan === null) return allowed('anew');
  const isSameOperation = now.marker === undefined || sameOperation(plan.lastOperation, now.marker);
  if (now.status === 'rebuilding')
    return isSameOperation && maySend ? allowed('rebuilt') : refused('Someone else rebuilds the VM now.');
  if (isSameOperation && isSameDisk(plan, now)) return allowed('goes-on');
  return maySend && isUnmarkedOn(now, imageId ?? plan.imageAfter?.imageId)
    ? allowed('rebuilt')
    : refused(rebuiltSince(now));
}

/** Nobody has left a mark on it: it may be the system that our call has put on. */
function isUnmarkedOn(now: VmNow, imageId: string | undefined): boolean {
  return !now.marker && now.imageId === imageId;
}

/** A plan of before there was this field says nothing: only a VM without a marker is then sure to be untouched by others. */
function sameOperation(before: string | null | undefined, now: string | null): boolean {
  return before === undefined ? now === null : before === now;
}

function isSameDisk({ imageBefore, systemDisk }: NonNullable<EarlierRun['plan']>, now: VmNow): boolean {
  const diskId = systemDisk?.diskId ?? null;
  const hasOtherDisk = diskId !== null && now.systemDiskId !== null && diskId !== now.systemDiskId;
  return (imageBefore?.imageId ?? null) === now.imageId && !hasOtherDisk;
}

function rebuiltSince({ marker, imageId }: VmNow): string {
  return `The VM was rebuilt since, by another operation or by hand: it has image ${imageId} and carries ${marker ? `the marker ${marker}` : 'no marker'}.`;
}

/** Phases in which nothing has been done to the VM yet, or nothing is left to be done. */
const AT_PEACE: readonly string[] = ['validating', 'done', 'failed', 'cancelled'];

function isTouched({ phase, maySend }: EarlierRun): boolean {
  return !AT_PEACE.includes(phase) || (maySend && phase === 'validating');
}

/** One that was ended in mid-work. */
function isCutOff(run: EarlierRun): boolean {
  return run.isCutShort && isTouched(run);
}

/** One that was ended before it came to anything says nothing: it leaves the VM as the run before it. */
function hasDoneSomething(run: EarlierRun): boolean {
  return !run.isCutShort || isTouched(run);
}

/**
 * The run that the server has ended in mid-work and that nobody else has brought to an end.
 * @param isSeenTo - a later operation has rebuilt the VM, and left it as that one was to leave it
 */
function abandonedBy(last: EarlierRun | undefined, displaced: EarlierRun | null, isSeenTo: boolean): Abandoned | null {
  const isOwn = displaced === null;
  const run = displaced ?? last;
  if (run === undefined || !isCutOff(run) || (isOwn && isSeenTo)) return null;
  const { runId, requestedBy, phase, plan } = run;
  return { runId, requestedBy, phase, power: powerOf(run), imageId: plan?.imageAfter?.imageId ?? null, isOwn };
}

/** Phases that give the VM back what it was. */
const ON_THE_WAY_BACK: readonly string[] = ['restoring-power', 'rolling-back'];

function powerOf({ plan, maySend, phase }: EarlierRun): Abandoned['power'] {
  if (plan === null) return null;
  return maySend && !ON_THE_WAY_BACK.includes(phase) ? plan.power.after : plan.power.before;
}
