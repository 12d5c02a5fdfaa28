import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  TemporalFailure,
} from '@temporalio/workflow';
import type { RebuildTarget } from '../../activities/decisions/landing.js';
import type { RebuildReport } from '../../activities/rebuild/rebuild-activities.js';
import { vmOf } from '../../contracts/ids.js';
import { failureTypeOfIssues, type RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { NotAfter } from '../../contracts/rebuild-request.js';
import { afterRebuildCall, isSurelyNotOut } from '../decisions/end-of-step.js';
import { isErasedByItself, isRebuiltSince } from '../decisions/power-back.js';
import { endOf, factsOf, type FailureFacts } from '../runtime/failures.js';
import { isRerun } from '../runtime/own-id.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { RebuildState } from './rebuild-state.js';
import { lookBack, markerOf, rebuiltSinceLookBack } from './rerun.js';
import type { Run } from './run.js';
import { orSettled, settleBeforeStart, waitAtRest } from './settle-power.js';

/**
 * Finds out everything that can be known. With any issue it ends here, and nothing has been touched. What an earlier run
 * has erased is driven on by its plan.
 */
export async function validate(run: Run): Promise<RebuildPlan> {
  const { request, record } = run;
  const rerun = await lookBack(run);
  if (rerun?.state === 'rebuilt' && rerun.plan !== null) {
    record.planned(rerun.plan);
    return rerun.plan;
  }
  const begun = rerun?.isCutShort === true ? rerun.plan : null;
  const options = begun === null ? {} : { powerBefore: begun.power.before };
  const plan = await activitiesUnder('call', record.remainingMs).planRebuild(request, options);
  if (rerun?.plan != null && isErasedByItself(rerun, plan, markerOf(run))) {
    record.lookedBack({ ...rerun, state: 'rebuilt' });
    record.planned(rerun.plan);
    return rerun.plan;
  }
  record.planned(plan);
  if (isRebuiltSince(rerun, plan, markerOf(run))) throw rebuiltSinceLookBack();
  return refuseIssues(plan);
}

/** Finds out the same for putting a VM back that is at rest. @throws ApplicationFailure ConcurrentChange · the issues' */
export async function replan({ request, record }: Run): Promise<RebuildPlan> {
  record.restartDeadline(request.deadlines.validatingSeconds);
  const plan = await activitiesUnder('call', record.remainingMs).planRebuild(request, UNDER_WAY);
  record.replanned(plan);
  // It was at rest a moment ago, and this way back has sent nothing yet.
  if (plan.status === 'rebuilding')
    throw ApplicationFailure.nonRetryable('The VM is being rebuilt, and not by this rollback.', 'ConcurrentChange');
  return refuseIssues(plan);
}

/** For the plans of a rebuild that has begun: it finishes also in a frozen namespace. */
export const UNDER_WAY = { isUnderWay: true } as const;

function refuseIssues(plan: RebuildPlan): RebuildPlan {
  if (plan.issues.length === 0) return plan;
  throw ApplicationFailure.create({
    type: failureTypeOfIssues(plan.issues),
    message: plan.issues.map(({ message }) => message).join(' '),
    nonRetryable: true,
    details: [{ issues: plan.issues }],
  });
}

/** What the rebuild is to bring about. */
export function targetOf(run: Run, plan: RebuildPlan): RebuildTarget {
  return {
    vm: vmOf(run.request),
    imageId: plan.imageAfter?.imageId ?? '',
    before: {
      imageId: plan.imageBefore?.imageId ?? null,
      systemDiskId: plan.systemDisk?.diskId ?? null,
      systemDiskCreatedAt: plan.systemDisk?.createdAt ?? null,
    },
    ...(plan.hostnameBefore !== undefined && { hostname: plan.hostnameBefore }),
    marker: markerOf(run),
    markerUsable: plan.markerUsable,
    isRerun: mayHaveSent(run),
  };
}

/** The target, with what has been found out since of the runs before a reset. */
export function sinceReset(run: Run, target: RebuildTarget): RebuildTarget {
  return { ...target, isRerun: mayHaveSent(run) };
}

/** Whether a call of an earlier run may be out. */
function mayHaveSent({ record }: Run): boolean {
  return isRerun() && record.rerun?.mayHaveSent !== false;
}

/** Stops the VM, if it runs, and waits until it is stopped. */
export async function stop(run: Run, plan: RebuildPlan): Promise<void> {
  if (plan.power.before === 'stopped') return;
  const { request, record } = run;
  const { notAfter, deadlines } = request;
  record.enter('stopping', deadlines.stoppingSeconds);
  const wasTouched = record.isTouched;
  try {
    await stopAndWait(run, ['stop', 'wait-stopped'], notAfter === undefined ? {} : { notAfter });
  } catch (error) {
    const isNotOut = isSurelyNotOut(endOf(factsOf(error, record.phase)));
    if (isNotOut && !wasTouched) record.hasNotAsked(false);
    throw error;
  }
}

/**
 * Sends the rebuild call. Until it is sent a cancellation ends the run; when it cannot be told at once whether it was
 * sent, that is found out first.
 * @throws what kept the call from being made; RebuildOutcomeUnknown when nobody can tell
 */
export async function sendRebuild({ request, record }: Run, target: RebuildTarget): Promise<RebuildReport> {
  record.enter('rebuilding', request.deadlines.rebuildingSeconds);
  const { isTouched } = record;
  record.asksFor('power and image');
  try {
    const calls = activitiesUnder('rebuild', record.remainingMs);
    const { backup } = record.wayBack;
    const made = request.backup === 'none' || backup === null ? {} : { backupImageId: backup.imageId };
    const report = record.note('rebuild', await calls.rebuildInstance({ request, target, isTouched, ...made }));
    if (report.wasThere === true) record.warn(ALREADY_REBUILT);
    if (report.landed === 'yes') return report;
    throw new CancelledFailure('cancelled before the rebuild call was sent');
  } catch (error) {
    const facts = factsOf(error, record.phase);
    const { type, message, details } = facts;
    const isReported = error instanceof CancelledFailure;
    const next = afterRebuildCall({ ...endOf(facts), isReported });
    if (next === 'not-made') record.hasNotAsked(true);
    if (next !== 'find-out') throw error;
    record.noteError({ message, details });
    const found = await CancellationScope.nonCancellable(() => findRebuild(record, target, message));
    if (found.landed === 'no') throw isCancellation(error) ? error : notMade({ type, message, details }, found);
    // The time was spent on looking for the call; the VM gets its own.
    record.restartDeadline(request.deadlines.rebuildingSeconds);
    return found;
  }
}

/** The failure of a call that turned out not to have been made. */
function notMade({ type, message, details }: FailureFacts, { observed }: RebuildReport): ApplicationFailure {
  const known = { ...details, callMayBeInFlight: false, observed };
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [known] });
}

/** Finds out what became of a call that may be out. Whatever keeps us from it, the outcome is unknown: the disk is not touched again. */
async function findRebuild(record: RebuildState, target: RebuildTarget, why: string): Promise<RebuildReport> {
  try {
    return record.note('find-rebuild', await activitiesUnder('rebuild', FIND_WITHIN_MS).findRebuild({ target }));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message, details } = factsOf(error, record.phase);
    throw ApplicationFailure.create({
      type: 'RebuildOutcomeUnknown',
      message: `${message} It was looked for after: ${why}`,
      nonRetryable: true,
      details: [details],
    });
  }
}

/** Tells that nothing was sent. */
export const ALREADY_REBUILT = {
  code: 'already-rebuilt',
  message:
    "The VM carried this operation's marker before: an earlier run of it rebuilt the VM, and it was not erased again.",
};

/** Longest that we look for what became of a lost rebuild call. */
const FIND_WITHIN_MS = 30 * 60_000;

/** Waits until the VM is out of `rebuilding`. */
export async function waitUntilBack(
  { record }: Run,
  target: RebuildTarget,
  seen: { readonly sawRebuilding: boolean; readonly wasBack: boolean },
): Promise<void> {
  const { vm } = target;
  const waits = activitiesUnder('wait', record.remainingMs);
  const input = { vm, deadlineAt: record.deadlineAt, target, ...seen };
  record.note('wait-rebuilt', await waits.waitUntilRebuilt(input));
}

/** Brings the rebuilt VM into the power state promised. JD Cloud leaves it stopped. */
export async function powerAsAsked(run: Run, plan: RebuildPlan): Promise<void> {
  const { request, record } = run;
  if (record.observed?.status === plan.power.after) return;
  if (plan.power.after === 'stopped') {
    // It came back running by itself.
    record.enter('stopping', request.deadlines.stoppingSeconds);
    await stopAndWait(run, ['stop-again', 'wait-stopped-again']);
    return;
  }
  // A stop that comes late would stop what is started now.
  await settleBeforeStart(run);
  record.enter('starting', request.deadlines.startingSeconds);
  await startAndWait(run, ['start', 'wait-running']);
}

/** The names under which a call and the wait after it stand in the result's attempts. */
type StepNames = readonly [call: string, wait: string];

async function stopAndWait(
  run: Run,
  [call, wait]: StepNames,
  options: { readonly notAfter?: NotAfter } = {},
): Promise<void> {
  const { request, record } = run;
  const vm = vmOf(request);
  const { isTouched } = record;
  record.asksFor('power');
  const calls = activitiesUnder('call', record.remainingMs);
  record.note(call, await orSettled(run, () => calls.stopInstance({ vm, isTouched, ...options })));
  const waits = activitiesUnder('wait', record.remainingMs);
  record.note(wait, await waits.waitUntilStopped({ vm, deadlineAt: record.deadlineAt }));
}

async function startAndWait(
  run: Run,
  [call, wait]: StepNames,
  options: { readonly patient?: true } = {},
): Promise<void> {
  const { request, record } = run;
  const vm = vmOf(request);
  record.asksFor('power');
  const calls = activitiesUnder('call', record.remainingMs);
  record.note(call, await orSettled(run, () => calls.startInstance({ vm, ...options })));
  const waits = activitiesUnder('wait', record.remainingMs);
  record.note(wait, await waits.waitUntilRunning({ vm, deadlineAt: record.deadlineAt }));
}

/** Holds what JD Cloud reports against what was promised. */
export async function verify({ request, record }: Run, plan: RebuildPlan, target: RebuildTarget): Promise<void> {
  record.enter('verifying', request.deadlines.verifyingSeconds);
  const sawImage = record.observed?.imageId === target.imageId && target.before.imageId !== target.imageId;
  const input = { request, target, power: plan.power.after, profile: plan.profile, sawImage };
  const report = await activitiesUnder('call', record.remainingMs).verifyRebuilt(input);
  record.warn(...(record.note('verify', report).warnings ?? []));
}

/** Least time for giving the power state back: an undo does not share the caller's haste. */
const RESTORE_WITHIN_SECONDS = 60;

/** Starts a VM that is stopped, and waits until it runs, however long JD Cloud makes an image of it. */
export async function startAgain(run: Run): Promise<void> {
  await startAndWait(run, ['restore-start', 'wait-restored'], { patient: true });
}

/** Gives a VM that was stopped in vain its old power state back. */
export async function restorePower(run: Run, plan: RebuildPlan): Promise<void> {
  const { request, record } = run;
  if (plan.power.before === 'stopped' || record.phase === 'validating') return;
  const { stoppingSeconds, startingSeconds, backingUpSeconds } = request.deadlines;
  // JD Cloud starts no VM while its image is being made.
  const imageSeconds = request.backup === 'none' ? 0 : backingUpSeconds;
  record.enter('restoring-power', Math.max(stoppingSeconds + startingSeconds, RESTORE_WITHIN_SECONDS) + imageSeconds);
  const { status } = await waitAtRest(run, { rebuildIsForeign: true, callMayBeInFlight: record.callsInFlight.mayBe });
  if (status === 'running') return;
  await startAndWait(run, ['restore-start', 'wait-restored'], imageSeconds > 0 ? { patient: true } : {});
}
