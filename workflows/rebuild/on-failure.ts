import { ApplicationFailure, TemporalFailure } from '@temporalio/workflow';
import { DECISIONS, type DecisionTaken } from '../../contracts/decision.js';
import type { FailureType } from '../../contracts/failures.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import type { Failure, VmState } from '../../contracts/rebuild-result.js';
import { factsOf } from '../runtime/failures.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { Rebuilt } from './attempt.js';
import { holdForDecision } from './hold.js';
import { isRefused, lookBack } from './rerun.js';
import { resume, type RollbackAttempt, startRollback, type WayBack, wayBackOf } from './rollback.js';
import type { Run } from './run.js';
import { UNDER_WAY } from './steps.js';

/** Failures that the new image may be to blame for: what is unreachable, unpaid or out of stock is not mended by an erase. A person may decide otherwise. */
const ROLLED_BACK_AFTER: readonly FailureType[] = ['DeadlineExceeded', 'StartRefused', 'HealthCheckFailed'];

/** What went wrong: as it ends the run, and as the result tells it. */
interface Trouble {
  readonly reason: TemporalFailure;
  readonly phase: Phase;
  /** Nobody could look at the VM, or reach JD Cloud, when it happened. */
  readonly isBlind: boolean;
  readonly failure: Pick<Failure, 'type' | 'message' | 'requestId'>;
}

/**
 * What is done with a VM that did not come back as promised: it is left, held, or put back, as asked.
 * @param error - what its return ended with
 * @returns when the VM is back after all, or accepted as it is
 * @throws ApplicationFailure RolledBack · RollbackFailed; what it is given up for
 */
export async function onFailure(run: Run, rebuilt: Rebuilt, error: unknown): Promise<void> {
  const first = troubleOf(run, error);
  let trouble = first;
  let course: RollbackAttempt = { run, rebuilt, way: null };
  for (;;) {
    const way = wayBackOf(run, rebuilt);
    const decision = await decide(run, trouble, rebuilt, way);
    await readAfterHold(run, decision);
    if (decision === 'give-up') throw trouble.reason;
    if (decision === 'accept') return accept(run, first, trouble, course);
    try {
      if (decision === 'rollback' && way !== null) {
        course = await startRollback(run, rebuilt, way);
        if (course.rebuilt.doubt !== null) throw course.rebuilt.doubt;
      }
      await resume(course);
    } catch (next) {
      const isOfRollback = decision === 'rollback' || course.way !== null;
      trouble = isOfRollback ? rollbackTrouble(run, first, next) : troubleOf(run, next);
      continue;
    }
    if (course.way === null) return;
    throw rolledBack(first, course.way);
  }
}

async function decide(
  run: Run,
  trouble: Trouble,
  rebuilt: Rebuilt,
  way: WayBack | null,
): Promise<DecisionTaken['decision']> {
  const { request, record } = run;
  await refuseWhatIsAnothers(run);
  if (record.wayBack.lastFailure === 'VmDeleted' || request.onFailure === 'leave') return 'give-up';
  if (request.onFailure === 'rollback' && record.wayBack.rollbacks.length > 0) return 'give-up';
  const forbidden = whyNotRolledBack(run, trouble, rebuilt, way);
  const isRollbackAsked = request.onFailure === 'rollback' || request.hold.atDeadline === 'rollback';
  if (forbidden !== null && isRollbackAsked) record.warn({ code: 'not-rolled-back', message: forbidden });
  if (request.onFailure === 'rollback') return forbidden === null ? 'rollback' : 'give-up';
  const choices = DECISIONS.filter((decision) => decision !== 'rollback' || way !== null);
  return await holdForDecision(run, trouble.failure, choices, forbidden);
}

/** Nobody is to decide on a VM that is another's by now. Where that cannot be told, it is held, or left, as asked. */
async function refuseWhatIsAnothers(run: Run): Promise<void> {
  try {
    await lookBack(run);
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isRefused(run)) throw error;
    run.record.noteError(factsOf(error, run.record.phase));
  }
}

/** Why nobody should roll back without a person's word; null when nothing speaks against it. */
function whyNotRolledBack(
  { record }: Run,
  { phase, isBlind, failure: { type } }: Trouble,
  rebuilt: Rebuilt,
  way: WayBack | null,
): string | null {
  if (type === 'VmInError') return 'Not rolled back: JD Cloud rebuilds only stopped VMs, and this one is in error.';
  if (!ROLLED_BACK_AFTER.includes(type)) return `Not rolled back: another erase does not mend ${type}.`;
  if (type === 'DeadlineExceeded' && (isBlind || phase === 'verifying'))
    return 'Not rolled back: nobody could tell in time what the VM is in.';
  if (way === null) return 'Not rolled back: there is no backup, and the former image is the one that was put on.';
  if (type === 'HealthCheckFailed' && record.wayBack.failsAsBefore)
    return 'Not rolled back: the VM failed the same health checks before the rebuild.';
  return isOnFormerImage(record.observed, rebuilt)
    ? 'Not rolled back: the VM reports its former image, and its disk may be the old one still.'
    : null;
}

function isOnFormerImage(observed: VmState | null, { plan, target }: Rebuilt): boolean {
  const former = plan.imageBefore?.imageId;
  return former !== target.imageId && observed?.imageId === former;
}

/** Nobody looks at the VM while it is held. Where nothing more is done to it, the result names what it is in now, if that can be seen. */
async function readAfterHold({ request, record }: Run, decision: DecisionTaken['decision']): Promise<void> {
  const isLeft = decision === 'give-up' || decision === 'accept';
  if (!isLeft || request.onFailure !== 'hold' || record.wayBack.lastFailure === 'VmDeleted') return;
  try {
    record.replanned(await activitiesUnder('call', LOOK_WITHIN_MS).planRebuild(request, UNDER_WAY));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    record.noteError(factsOf(error, record.phase));
  }
}

const LOOK_WITHIN_MS = 60_000;

/** Takes the VM as it is. One that is on its former image again does not count as rebuilt. */
function accept({ record }: Run, first: Trouble, { failure }: Trouble, { way }: RollbackAttempt): void {
  if (way !== null) throw rolledBack(first, way);
  const message = `The VM was accepted as it is, after ${failure.type}. See failures and decisions.`;
  record.warn({ code: 'accepted', message });
}

/** Takes in what went wrong. A bug of ours is no trouble of the VM's, and a VM of somebody else's none of ours: it is thrown on. */
function troubleOf(run: Run, error: unknown): Trouble {
  if (!(error instanceof TemporalFailure) || isRefused(run)) throw error;
  const { record } = run;
  const { phase } = record;
  const facts = factsOf(error, phase);
  return { reason: error, phase, isBlind: facts.details.isUnobserved === true, failure: record.failed(facts) };
}

/** One failure that tells both stories; each is on the record by itself, too. */
function rollbackTrouble(run: Run, first: Trouble, error: unknown): Trouble {
  const { failure, phase, isBlind } = troubleOf(run, error);
  const message = `Rolling back failed: ${failure.message} It was rolled back after: ${first.failure.message}`;
  return { ...ended('RollbackFailed', message, failure.requestId), phase, isBlind };
}

function rolledBack({ failure }: Trouble, { imageId, source, dataLost }: WayBack): ApplicationFailure {
  const lost = dataLost ? ' What was on the system disk is lost.' : '';
  const message = `${failure.message} The VM was put back onto ${imageId} (${source}).${lost}`;
  return ended('RolledBack', message, failure.requestId).reason;
}

function ended(type: 'RollbackFailed' | 'RolledBack', message: string, requestId: string | null) {
  const reason = ApplicationFailure.create({ type, message, nonRetryable: true, details: [{ requestId }] });
  return { reason, failure: { type, message, requestId } };
}
