import { isRollbackOf } from '../../contracts/names.js';
import { isSameDisk, type RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { Abandoned, EarlierRun, LeftBehind, RerunVerdict } from '../../contracts/rerun-verdict.js';

/** The VM as it is when a reset run looks at it. */
export interface VmNow {
  readonly status: string;
  readonly imageId: string | null;
  readonly systemDiskId: string | null;
  /** The marker that it carries, null for none; undefined where its metadata may not be read. */
  readonly marker: string | null | undefined;
}

/** The operation that a reset run is a run of. */
export interface Operation {
  readonly marker: string;
  /** The image asked for; null where it is the one that the VM had. */
  readonly imageId: string | null;
  /** It has begun to put the VM back. */
  readonly isRolledBack: boolean;
}

/**
 * What a reset run may do, from what its earlier runs have left and from what the VM is now. Pure.
 *
 * It goes on where the VM is as they have found it, drives on what they have erased, and erases nothing that another
 * operation has put there, or that was put back since.
 * @see docs/decisions/0023-what-a-reset-run-may-do.md
 */
export function judgeRerun(left: LeftBehind, now: VmNow, operation: Operation): Judgement {
  const { plan, ...known } = knownOf(left);
  const rules = [takenFromAnother, ownOrPutBack, rebuiltLater, plan === null ? () => FROM_START : byPlan(plan)];
  const facts = { left, now, operation, plan, maySend: known.mayHaveSent };
  for (const rule of rules) {
    const ruling = rule(facts);
    // Without a plan nothing tells how the VM was: such a run begins anew, and finds its own marker.
    if (ruling !== null)
      return { ...known, plan, reason: null, ...(plan === null && ruling.state === 'rebuilt' ? FROM_START : ruling) };
  }
  throw new Error('no rule applies');
}

/**
 * Whether a call of a run that was cut short may still take effect, and would make another verdict of this one: it is given
 * only once that would have shown.
 */
export function mayStillShow({ before, displaced }: LeftBehind, { state }: Pick<RerunVerdict, 'state'>): boolean {
  return (state === 'from-start' || state === 'continue') && [...before, ...displaced].some(isCutOff);
}

/** A verdict that does not say yet who has asked for it, and what was seen. */
type Judgement = Omit<RerunVerdict, 'runId' | 'observed'>;

/** What a verdict tells beside the ruling. */
function knownOf(left: LeftBehind): Omit<Judgement, 'state' | 'reason'> {
  const { before } = left;
  const last = before.find(hasDoneSomething);
  const found = before.find(({ plan }) => plan?.issues.length === 0) ?? before.find(({ plan }) => plan !== null);
  return {
    plan: found?.plan ?? null,
    isCutShort: last !== undefined && isCutOff(last),
    mayHaveSent: before.some(({ mayHaveSent }) => mayHaveSent),
    backup: before.find(({ backup }) => backup !== null)?.backup ?? null,
    abandoned: abandonedBy(left),
  };
}

interface Facts {
  readonly left: LeftBehind;
  readonly now: VmNow;
  readonly operation: Operation;
  /** How an earlier run has found the VM. */
  readonly plan: RebuildPlan | null;
  readonly maySend: boolean;
}

type Ruling = Pick<RerunVerdict, 'state'> & { readonly reason?: string };
/** Null where it has nothing to say. */
type Rule = (facts: Facts) => Ruling | null;

const FROM_START: Ruling = { state: 'from-start' };
const CONTINUE: Ruling = { state: 'continue' };
const REBUILT: Ruling = { state: 'rebuilt' };

function refused(reason: string): Ruling {
  return { state: 'refused', reason };
}

const takenFromAnother: Rule = ({ left: { displaced } }) => {
  const run = displaced.find(isCutOff);
  return run === undefined ? null : refused(`Another operation had the VM when this run was reset: run ${run.runId}.`);
};

const ownOrPutBack: Rule = ({ now, operation, plan }) => {
  if (now.marker === operation.marker)
    return isImageOfOther(plan, now, operation) ? refused(rebuiltSince(now)) : REBUILT;
  if (!now.marker || !isRollbackOf(now.marker, operation.marker)) return null;
  // Where it was reset to a moment of the rollback, it goes on with that.
  if (operation.isRolledBack) return REBUILT;
  return refused('This operation rebuilt the VM and was rolled back: ask for a new rebuild instead.');
};

const rebuiltLater: Rule = ({ left, now }) =>
  now.marker && left.laterMarkers.includes(now.marker) ? refused(rebuiltSince(now)) : null;

/** @param plan - how an earlier run has found the VM */
function byPlan(plan: RebuildPlan): Rule {
  return ({ now, operation, maySend }) => {
    const isSame = now.marker === undefined || isSameOperation(plan.lastOperation, now.marker);
    // The marker may not show before the rebuild is over.
    if (now.status === 'rebuilding') return isSame && maySend ? REBUILT : refused('Someone else rebuilds the VM now.');
    if (isSame && isSameDisk(plan, now)) return CONTINUE;
    const target = operation.imageId ?? plan.imageAfter?.imageId;
    return !now.marker && maySend && now.imageId === target ? REBUILT : refused(rebuiltSince(now));
  };
}

/** Whoever rebuilds a VM by hand may leave our marker on it. The former image may be a look at what was before. */
function isImageOfOther(plan: RebuildPlan | null, { imageId, status }: VmNow, operation: Operation): boolean {
  if (plan === null || imageId === null || status === 'rebuilding') return false;
  return ![operation.imageId ?? plan.imageAfter?.imageId, plan.imageBefore?.imageId].includes(imageId);
}

/** A plan of before there was this field says nothing: only a VM without a marker is then sure to be untouched by others. */
function isSameOperation(before: string | null | undefined, now: string | null): boolean {
  return before === undefined ? now === null : before === now;
}

function rebuiltSince({ marker, imageId }: VmNow): string {
  return `The VM was rebuilt since, by another operation or by hand: it has image ${imageId} and carries ${marker ? `the marker ${marker}` : 'no marker'}.`;
}

/** Phases in which nothing has been done to the VM yet, or nothing is left to be done. */
const AT_PEACE: readonly string[] = ['validating', 'done', 'failed', 'cancelled'];

function isTouched({ phase, mayHaveSent }: EarlierRun): boolean {
  return !AT_PEACE.includes(phase) || (mayHaveSent && phase === 'validating');
}

/** One that was ended in mid-work. */
function isCutOff(run: EarlierRun): boolean {
  return run.isCutShort && isTouched(run);
}

/** One that was ended before it came to anything says nothing: it leaves the VM as the run before it. */
function hasDoneSomething(run: EarlierRun): boolean {
  return !run.isCutShort || isTouched(run);
}

/** The run that the server has ended in mid-work and that nobody else brings to an end. */
function abandonedBy({ displaced, before, laterMarkers }: LeftBehind): Abandoned | null {
  const others = displaced.find(isCutOff);
  // Whoever had the VM after an own run has left it as they would.
  const own = laterMarkers.length > 0 ? undefined : before.find(hasDoneSomething);
  const run = others ?? own;
  if (run === undefined || !isCutOff(run)) return null;
  const { runId, requestedBy, phase, plan } = run;
  const imageId = plan?.imageAfter?.imageId ?? null;
  return { runId, requestedBy, phase, power: powerToBe(run), imageId, isOwn: run === own };
}

/** Phases that give the VM back what it was. */
const ON_THE_WAY_BACK: readonly string[] = ['restoring-power', 'rolling-back'];

/** The power state that a run would have left its VM in. */
function powerToBe({ plan, mayHaveSent, phase }: EarlierRun): Abandoned['power'] {
  if (plan === null) return null;
  return mayHaveSent && !ON_THE_WAY_BACK.includes(phase) ? plan.power.after : plan.power.before;
}
