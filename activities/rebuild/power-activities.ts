import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { FailureDetails } from '../../contracts/failure-details.js';
import type { FailureType } from '../../contracts/failures.js';
import type { VmRef } from '../../contracts/ids.js';
import type { NotAfter } from '../../contracts/rebuild-request.js';
import type { StepReport } from '../../contracts/rebuild-result.js';
import { WrongStateError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { ChangeOptions, StopOptions, VmApi } from '../../jdcloud/vm-api.js';
import { windowIssues } from '../checks/validate.js';
import { afterChangedRead, hasOtherImage, isAsLeft, mayBeUnderWay } from '../decisions/before-call.js';
import { type Observation, observe, toPowerState, toVmState } from '../decisions/observation.js';
import { type PowerCall, powerCallFor, START, STOP } from '../decisions/power-call.js';
import { busy, failure, isRefusalOfCall, refusedAs, toApplicationFailure } from '../runtime/failure.js';
import type { Acknowledge } from '../runtime/heartbeat.js';
import { InFlightMarker } from '../runtime/in-flight-marker.js';
import { latestNow, sinceFirstScheduledMs, startAge, type Timing } from '../runtime/time.js';

export interface PowerDeps {
  readonly api: Pick<VmApi, 'stopInstance' | 'startInstance'>;
  readonly reader: Pick<VmReader, 'instance'>;
  readonly timing: Timing;
  readonly acknowledge: Acknowledge;
}

/**
 * Stops and starts a VM. Each reads before it acts, so that running twice does no harm, and acts only once Temporal has
 * confirmed this very attempt.
 */
export function createPowerActivities(deps: PowerDeps) {
  return {
    /**
     * Asks JD Cloud to stop the VM, unless it is stopped or stopping. Where the VM's own setting is stopCharging it says
     * keepCharging, or JD Cloud would release its resources; elsewhere the API may refuse the field.
     * @throws ApplicationFailure VmInError · VmNotFound · ConcurrentChange when someone rebuilds it · WindowClosed ·
     * VmTaskConflict (retryable for a bounded time) · CallWithheld (retryable) · refusals, retryable where they may pass
     * and the VM was touched. The detail `callMayBeInFlight` tells whether a stop may have arrived
     */
    async stopInstance({ vm, notAfter, isTouched = false }: StopInput): Promise<StepReport> {
      return act(deps, { vm, transition: STOP, isTouched }, (instance, options) => {
        refuseLate(notAfter, instance);
        return deps.api.stopInstance(vm, stopOptions(instance), options);
      });
    },

    /**
     * Asks JD Cloud to start the VM, unless it is starting. That it runs is JD Cloud's to say: one look may lag.
     * @param input.patient - "busy" is retried until the activity's own deadline: an image of the VM is being made
     * @throws ApplicationFailure ChargeOverdue and other refusals of the account (retryable) · OutOfStock · StartRefused
     * (system disk and all else) · VmInError · VmNotFound · VmTaskConflict (retryable for a bounded time) · CallWithheld
     * (retryable). The detail `callMayBeInFlight` tells whether a start may have arrived
     */
    async startInstance({ vm, patient = false }: { vm: VmRef; patient?: boolean }): Promise<StepReport> {
      const timing = patient ? { ...deps.timing, busyLimitMs: Number.POSITIVE_INFINITY } : deps.timing;
      return act({ ...deps, timing }, { vm, transition: START, isTouched: true }, (instance, options) =>
        deps.api.startInstance(vm, options).catch((error: unknown) => explainRefusedStart(error, instance)),
      );
    },
  };
}

export interface StopInput {
  readonly vm: VmRef;
  /** Past its beginning nothing is stopped. */
  readonly notAfter?: NotAfter;
  /** The VM was touched before. @default false */
  readonly isTouched?: boolean;
}

function refuseLate(notAfter: NotAfter | undefined, instance: Instance): void {
  const now = latestNow();
  const [issue, ...others] = windowIssues(notAfter, 'begin', now);
  if (issue === undefined) return;
  const details = { observed: toPowerState(observe(instance, now)), issues: [issue, ...others] };
  throw failure('WindowClosed', issue.message, { details });
}

function stopOptions({ chargeOnStopped }: Instance): StopOptions {
  return chargeOnStopped === 'stopCharging' ? { chargeOnStopped: 'keepCharging' } : {};
}

/** What is done to which VM. */
interface Deed {
  readonly vm: VmRef;
  readonly transition: PowerCall;
  readonly isTouched: boolean;
}

async function act(
  { reader, timing, acknowledge }: PowerDeps,
  { vm, transition, isTouched }: Deed,
  send: (instance: Instance, options: ChangeOptions) => Promise<{ requestId: string }>,
): Promise<StepReport> {
  const signal = cancellationSignal();
  const { attempt, activityType: operation } = activityInfo();
  const note = new InFlightMarker(acknowledge);
  let callMayBeInFlight = note.mayBeOut;
  const earlier: Pick<StepReport, 'callMayBeInFlight'> = note.mayBeOut ? { callMayBeInFlight: true } : {};
  let seen: Observation | null = null;
  try {
    const age = startAge();
    const instance = await reader.instance(vm, { fresh: true, signal });
    seen = observe(instance, new Date());
    const observed = toPowerState(seen);
    const next = powerCallFor(transition, seen.status);
    if (next === 'nothing') return { attempt, apiCalls: [], observed, ...earlier };
    if (next !== 'send') throw unfit(seen, next, timing);
    const { requestId } = await send(instance, { signal, beforeSend: note.attempt.beforeSend(age) });
    return { attempt, apiCalls: [{ operation, requestId }], observed, ...earlier };
  } catch (error) {
    if (error instanceof WrongStateError && seen !== null && seen.status === transition.doubtful)
      return { attempt, apiCalls: [], observed: toPowerState(seen), ...earlier };
    callMayBeInFlight ||= mayBeUnderWay(error, operation);
    if (!callMayBeInFlight) note.noneInFlight();
    const details = { callMayBeInFlight, ...(seen !== null && { observed: toPowerState(seen) }) };
    const end = await note.attempt.endOf(error);
    throw toApplicationFailure(end, { timing, isTouched: isTouched || callMayBeInFlight, details });
  } finally {
    note.stop();
  }
}

/** The VM is in neither status: broken, in someone else's hands, or between two states. */
function unfit(seen: Observation, why: 'error' | 'foreign' | 'between', timing: Timing): Error {
  const details = { observed: toPowerState(seen) };
  if (why === 'error') return failure('VmInError', 'JD Cloud reports the VM in error.', { details });
  if (why === 'foreign')
    return failure('ConcurrentChange', `Someone else acts: the VM is ${seen.status}.`, { details });
  return busy(`The VM is ${seen.status}.`, timing, details);
}

function explainRefusedStart(error: unknown, instance: Instance): never {
  if (!isRefusalOfCall(error)) throw error;
  const type = refusedStartType(error.message);
  // Seen running, and refused for no reason that we know: that it runs may be it. Whoever waits for it to run reads it again.
  if (type === 'StartRefused' && instance.status === START.doubtful) throw new WrongStateError(error.message, error);
  throw refusedAs(type, error, toPowerState(observe(instance, new Date())), { passes: type === 'ChargeOverdue' });
}

/** JD Cloud documents no status string of its own for these: its texts are all there is. */
function refusedStartType(message: string): FailureType {
  if (/\bstock\b/i.test(message)) return 'OutOfStock';
  return /charge state/i.test(message) ? 'ChargeOverdue' : 'StartRefused';
}

interface Expected {
  /** The call that is to be made, as messages say it: `the rebuild call`. */
  readonly before: string;
  /** The image that the VM is to have still. Absent: whatever it has. */
  readonly imageId?: string | null;
  readonly timing: Timing;
  readonly details?: Partial<FailureDetails>;
}

/**
 * Refuses a VM that is no longer as we left it: people press buttons while a VM stops.
 * @throws ApplicationFailure VmInError · ConcurrentChange (retryable within the settle time: one look may be stale) ·
 * VmTaskConflict (retryable for a bounded time) when it is between two states
 */
export function refuseUnlessStopped(
  seen: Observation,
  { before, imageId, timing, details: known = {} }: Expected,
): void {
  const left = isAsLeft({ ...seen, expectedImageId: imageId });
  const details = { ...known, observed: toVmState(seen) };
  if (left === 'error') throw failure('VmInError', 'JD Cloud reports the VM in error.', { details });
  if (left === 'between') throw busy(`The VM is ${seen.status}.`, timing, details);
  if (left === 'yes') return;
  const { retryable, ...held } = afterChangedRead(sinceFirstScheduledMs(), timing.settleMs);
  const message = `Before ${before} the VM ${changesOf(seen, imageId)}.`;
  throw failure('ConcurrentChange', message, {
    details: { ...details, ...held },
    retryable,
    retryAfterMs: timing.busyDelayMs,
  });
}

function changesOf({ status, imageId }: Observation, expectedImageId: Expected['imageId']): string {
  const isElsewhere = isAsLeft({ status, imageId }) === 'changed';
  return [
    ...(isElsewhere ? [`is ${status}, no longer stopped`] : []),
    ...(hasOtherImage({ imageId, expectedImageId }) ? [`has image ${imageId}, no longer ${expectedImageId}`] : []),
  ].join(' and ');
}
