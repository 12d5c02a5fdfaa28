import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { VmRef } from '../contracts/ids.js';
import type { StepReport } from '../contracts/step-report.js';
import { CredentialsError, PermissionError, RefusedError, WrongStateError } from '../jdcloud/errors.js';
import type { VmReader } from '../jdcloud/reader.js';
import type { VmApi } from '../jdcloud/vm-api.js';
import { busy, failure, isInstanceGone, toApplicationFailure } from './failure.js';
import { heartbeating } from './heartbeating.js';
import { type Observation, observe, toVmState } from './observation.js';
import type { Timing } from './timing.js';

export interface PowerDeps {
  readonly api: Pick<VmApi, 'stopInstance' | 'startInstance'>;
  readonly reader: Pick<VmReader, 'instance'>;
  readonly timing: Timing;
}
/** Stops and starts a VM. Each reads before it acts, so that running twice does no harm. */
export function createPowerActivities(deps: PowerDeps) {
  return {
    /**
     * Asks JD Cloud to stop the VM, unless it is stopped or stopping.
     * @param input.keepCharging - say keepCharging, so that JD Cloud releases nothing. Only for VMs set to stopCharging: elsewhere the API may refuse the field
     * @throws ApplicationFailure VmInError · VmNotFound · ChangedUnderneath · VmTaskConflict (retryable for a bounded time) · refusals
     */
    async stopInstance({ vm, keepCharging }: { vm: VmRef; keepCharging: boolean }): Promise<StepReport> {
      const body = keepCharging ? { chargeOnStopped: 'keepCharging' as const } : {};
      return heartbeating(() =>
        act(deps, vm, { done: ['stopped', 'stopping'], from: 'running' }, (signal) =>
          deps.api.stopInstance(vm, body, { signal }),
        ),
      );
    },

    /**
     * Asks JD Cloud to start the VM, unless it runs or is starting.
     * @throws ApplicationFailure StartRefused (no stock, charge state, system disk) · VmInError · VmNotFound · ChangedUnderneath · VmTaskConflict (retryable for a bounded time)
     */
    async startInstance({ vm }: { vm: VmRef }): Promise<StepReport> {
      return heartbeating(() =>
        act(deps, vm, { done: ['running', 'starting'], from: 'stopped' }, (signal) =>
          deps.api.startInstance(vm, { signal }).catch(explainRefusedStart),
        ),
      );
    },
  };
}

interface Transition {
  /** Statuses in which there is nothing left to ask for. */
  readonly done: readonly string[];
  /** The status in which JD Cloud takes the call. */
  readonly from: string;
}

async function act(
  { reader, timing }: PowerDeps,
  vm: VmRef,
  { done, from }: Transition,
  send: (signal: AbortSignal) => Promise<{ requestId: string }>,
): Promise<StepReport> {
  const signal = cancellationSignal();
  const { attempt, activityType: operation } = activityInfo();
  let seen: Observation | null = null;
  try {
    seen = observe(await reader.instance(vm, { fresh: true, signal }), new Date());
    const observed = toVmState(seen);
    if (done.includes(seen.status)) return { attempt, apiCalls: [], observed };
    if (seen.status !== from) throw unfit(seen, timing);
    const { requestId } = await send(signal);
    return { attempt, apiCalls: [{ operation, requestId }], observed };
  } catch (error) {
    throw toApplicationFailure(error, { timing, details: seen === null ? {} : { observed: toVmState(seen) } });
  }
}

/** The VM is in neither status: broken, in someone else's hands, or between two states. */
function unfit(seen: Observation, timing: Timing): Error {
  const details = { observed: toVmState(seen) };
  if (seen.status === 'error') return failure('VmInError', 'JD Cloud reports the VM in error.', { details });
  if (seen.status === 'rebuilding')
    return failure('ChangedUnderneath', 'Someone else is rebuilding the VM.', { details });
  return busy(`The VM is ${seen.status}.`, timing, details);
}

function explainRefusedStart(error: unknown): never {
  const isStartsOwn =
    error instanceof RefusedError &&
    !(error instanceof WrongStateError || error instanceof CredentialsError || error instanceof PermissionError) &&
    !isInstanceGone(error);
  if (!isStartsOwn) throw error;
  const { operation, httpStatus, status, requestId, message } = error;
  throw failure('StartRefused', message, { details: { operation, httpStatus, status, requestId } });
}
