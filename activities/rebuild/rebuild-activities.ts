import { activityInfo, cancellationDetails, cancellationSignal } from '@temporalio/activity';
import { failureTypeOfIssues, type ValidationIssue } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { StepReport } from '../../contracts/rebuild-result.js';
import { CallWithheldError } from '../../jdcloud/errors.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import type { Facts } from '../checks/facts.js';
import { hasRoomForMarker, markerOf, mergeMetadata, ownMetadata } from '../checks/metadata.js';
import { type FactSources, readFacts } from '../checks/read-facts.js';
import { findIssues } from '../checks/validate.js';
import {
  beforeRebuildCall,
  CHECKS_HOLD_MS,
  endOfRebuildAttempt,
  mayAnyCallBeInFlight,
  mayGoOn,
  mayHaveArrived,
} from '../decisions/before-call.js';
import type { RebuildTarget } from '../decisions/landing.js';
import { type Observation, observe, toVmState, UNSEEN } from '../decisions/observation.js';
import { busy, failure, toApplicationFailure } from '../runtime/failure.js';
import { type Acknowledge, heartbeating } from '../runtime/heartbeat.js';
import { InFlightMarker } from '../runtime/in-flight-marker.js';
import { type Age, latestNow, startAge, type Timing } from '../runtime/time.js';
import { refuseUnlessStopped } from './power-activities.js';
import { type ReconcileDeps, reconcileRebuild, type Verdict } from './reconcile.js';
import { toRebuildOptions, withPasswordToSend } from './send-options.js';

export type RebuildDeps = FactSources &
  ReconcileDeps & { readonly api: Pick<VmApi, 'rebuildInstance'>; readonly acknowledge: Acknowledge };

/** What became of the one call that erases a disk. */
export interface RebuildReport extends StepReport {
  /** `no`: the call was not made, and will not be. */
  readonly landed: 'yes' | 'no';
  /** The VM was seen `rebuilding` already. */
  readonly sawRebuilding: boolean;
  /** Nothing was sent: the VM carried this operation's marker before. */
  readonly wasThere?: boolean;
}

export interface RebuildInput {
  readonly request: RebuildRequest;
  readonly target: RebuildTarget;
  /** The VM was touched before, as by a stop. @default false */
  readonly isTouched?: boolean;
  /** The backup that was made of it: without it there is no erase. Absent: none was asked for. */
  readonly backupImageId?: string;
}

/** Sends the rebuild call, at most once, and finds out what became of one whose answer was lost. */
export function createRebuildActivities(deps: RebuildDeps) {
  return {
    /**
     * Checks everything once more and asks JD Cloud to rebuild the VM. A call of an earlier attempt or run that may have
     * arrived is looked for first: landed, nothing is sent; not landed, it is sent; cannot be told, it fails. It is sent only once
     * Temporal has confirmed this very attempt. When cancelled before it sends, it answers `landed: no`.
     * @throws ApplicationFailure ValidationFailed · ConcurrentChange · RebuildOutcomeUnknown · VmTaskConflict,
     * JdCloudUnavailable and CallWithheld (retryable) · refusals, retryable where they may pass and the VM was touched. The
     * detail `callMayBeInFlight` tells whether a call may have arrived.
     */
    async rebuildInstance(input: RebuildInput): Promise<RebuildReport> {
      const note = new InFlightMarker(deps.acknowledge);
      let isOfThisRun = note.mayBeOut;
      let isLookedFor = false;
      try {
        isOfThisRun = await note.findOut();
        const mayBeOut = mayAnyCallBeInFlight(isOfThisRun, input.target);
        const found = mayBeOut ? await findEarlier(deps, input.target, isOfThisRun) : null;
        if (found !== null) return found;
        isLookedFor = true;
        isOfThisRun = false;
        return await checkAndSend(deps, input, note);
      } catch (error) {
        isOfThisRun ||= mayHaveArrived(error, 'rebuildInstance');
        // The note is about this run's attempts: the next one knows by its target of the runs before.
        if (!isOfThisRun) note.noneInFlight();
        const callMayBeInFlight = isLookedFor ? isOfThisRun : mayAnyCallBeInFlight(isOfThisRun, input.target);
        const end = endOfRebuildAttempt({
          callMayBeInFlight,
          isCancelled: isCancelled() || isCancelledAtTemporal(error),
        });
        if (end === 'not-sent') return notSent();
        const isTouched = input.isTouched === true || callMayBeInFlight;
        throw toApplicationFailure(error, { timing: deps.timing, isTouched, details: { callMayBeInFlight } });
      } finally {
        note.stop();
      }
    },

    /**
     * Finds out what became of a rebuild call that may be out, and sends nothing. It may look for as long as `settleMs`,
     * which is longer than a heartbeat timeout.
     * @throws ApplicationFailure RebuildOutcomeUnknown · JdCloudUnavailable (retryable) · refusals, retryable where they
     * may pass
     */
    async findRebuild({ target }: { target: RebuildTarget }): Promise<RebuildReport> {
      try {
        const signal = cancellationSignal();
        const verdict = await heartbeating(() => reconcileRebuild(deps, target, signal));
        if (verdict.landed === 'unknown') throw outcomeUnknown(verdict.seen);
        return { ...reportOf(verdict), landed: verdict.landed };
      } catch (error) {
        throw toApplicationFailure(error, {
          timing: deps.timing,
          isTouched: true,
          details: { callMayBeInFlight: true },
        });
      }
    },
  };
}

/**
 * What has come of a call of an earlier attempt, or of an earlier run; null where none has landed.
 * @param isOfThisRun - it may be an attempt's
 */
async function findEarlier(
  deps: RebuildDeps,
  target: RebuildTarget,
  isOfThisRun: boolean,
): Promise<RebuildReport | null> {
  const verdict = await reconcileRebuild(deps, target, cancellationSignal());
  if (verdict.landed === 'unknown') throw outcomeUnknown(verdict.seen);
  if (verdict.landed === 'no') return null;
  return { ...reportOf(verdict), ...(!isOfThisRun && { wasThere: true }) };
}

async function checkAndSend(
  deps: RebuildDeps,
  { request, target, backupImageId }: RebuildInput,
  { attempt }: InFlightMarker,
): Promise<RebuildReport> {
  const signal = cancellationSignal();
  const age = startAge();
  const facts = await readFacts(deps, { ...request, imageId: target.imageId }, signal, { ...target, backupImageId });
  const seen = observe(facts.instance, facts.now);
  const report = reportOf({ landed: 'yes', seen, sawRebuilding: seen.status === 'rebuilding' });
  if (refuseRebuild(facts, target, deps.timing) === 'was-there') return { ...report, wasThere: true };
  if (!goesOn(age)) return { ...report, landed: 'no' };
  const complete = await withPasswordToSend(deps.secrets, facts, target, () => attempt.confirm(age));
  await readAgain(deps, facts, target, age);
  if (!goesOn(age)) return { ...report, landed: 'no' };
  // Not the caller's signal: once sent, the answer is worth more than the time.
  const asking = { beforeSend: attempt.beforeSend(age) };
  const { requestId } = await deps.api.rebuildInstance(target.vm, toRebuildOptions(complete, target), asking);
  return { ...report, apiCalls: [{ operation: 'rebuildInstance', requestId }] };
}

/**
 * Whether to go on towards the call; not when the rebuild was cancelled. A worker that was frozen meanwhile may have been
 * replaced by another: it must not hand a password over late. Whether the call itself goes out is asked last, by the
 * guard of the attempt.
 */
function goesOn(age: Age): boolean {
  const next = mayGoOn({ isCancelled: isCancelled(), ageMs: age() });
  if (next === 'old') throw new CallWithheldError(`The checks took over ${CHECKS_HOLD_MS / 1000} s.`);
  if (next === 'cancelled') return false;
  cancellationSignal().throwIfAborted();
  return true;
}

/** Slow checks leave others time to act on the VM: then it is looked at once more. */
async function readAgain(deps: RebuildDeps, facts: Facts, target: RebuildTarget, age: Age): Promise<void> {
  if (age() < READ_HOLDS_MS) return;
  const instance = await deps.reader.instance(target.vm, { fresh: true, signal: cancellationSignal() });
  refuseRebuild({ ...facts, instance, now: latestNow() }, target, deps.timing);
}

/** How long the look at the VM holds when nothing is slow: a shared read takes a part of it. */
const READ_HOLDS_MS = 1_000;

/** The engine aborts an activity also when its worker ends, it is paused or timed out: none of these cancels a rebuild. */
function isCancelled(): boolean {
  return cancellationDetails()?.cancelRequested === true;
}

/** The server tells of a cancellation before the SDK hears of it. */
function isCancelledAtTemporal(error: unknown): boolean {
  return error instanceof CallWithheldError && error.isCancelled;
}

function reportOf({ seen, sawRebuilding }: Verdict): RebuildReport {
  return { landed: 'yes', sawRebuilding, attempt: activityInfo().attempt, apiCalls: [], observed: toVmState(seen) };
}

/** Cancelled before anything was sent. A plain cancellation would leave the workflow in doubt about the call. */
function notSent(): RebuildReport {
  return { landed: 'no', sawRebuilding: false, attempt: activityInfo().attempt, apiCalls: [], observed: UNSEEN };
}

/**
 * Judges everything again right before the rebuild call: images get deleted and people press buttons while a VM stops.
 * @returns whether the call is to be made, or was made before, by the marker on the VM
 * @throws ApplicationFailure what {@link beforeRebuildCall} refuses it for
 */
export function refuseRebuild(facts: Facts, target: RebuildTarget, timing: Timing): 'was-there' | 'call' {
  const { customData, request } = facts;
  const seen = observe(facts.instance, facts.now);
  const issues = findIssues(facts);
  const verdict = beforeRebuildCall({
    ...seen,
    target,
    marker: markerOf(customData),
    canReadMetadata: customData !== null,
    hasRoomForMarker: hasRoomForMarker(mergeMetadata(ownMetadata(customData), request.metadata)),
    hasIssues: issues.length > 0,
  });
  const details = { observed: toVmState(seen), callMayBeInFlight: false };
  switch (verdict) {
    case 'was-there':
    case 'call':
      return verdict;
    case 'unknown':
      throw outcomeUnknown(seen);
    case 'no-metadata':
      throw busy("The VM's metadata cannot be read any more, so no marker can be written.", timing, details);
    case 'rolled-back':
      throw unfit([ROLLED_BACK], details);
    case 'no-room':
      throw unfit([NO_ROOM], details);
    case 'issues':
      throw unfit(issues, details);
    default:
      refuseUnlessStopped(seen, { before: 'the rebuild call', imageId: target.before.imageId, timing, details });
      throw new Error(`${verdict}, and stopped as it was left`);
  }
}

const ROLLED_BACK: ValidationIssue = {
  code: 'already-rebuilt',
  field: 'requestId',
  message: 'This operation rebuilt the VM and was rolled back: ask for a new rebuild instead.',
};

/** The plan counts on the marker to tell a lost answer: without it the call must not go out. */
const NO_ROOM: ValidationIssue = {
  code: 'metadata',
  field: null,
  message: "The VM's metadata was filled up meanwhile: there is no room for the marker that tells a lost answer.",
};

function unfit(issues: readonly ValidationIssue[], details: object): Error {
  const reasons = issues.map(({ message }) => message).join(' ');
  return failure(failureTypeOfIssues(issues), reasons, { details: { ...details, issues: [...issues] } });
}

/** Nobody can tell whether a rebuild call has landed. */
export function outcomeUnknown(seen: Observation): Error {
  return failure(
    'RebuildOutcomeUnknown',
    `The answer to the rebuild call was lost. The VM is ${seen.status} with image ${seen.imageId}, as it was before, and would be so either way.`,
    { details: { observed: toVmState(seen), callMayBeInFlight: true } },
  );
}
