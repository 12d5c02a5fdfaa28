import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { VmRef } from '../../contracts/ids.js';
import type { VmState, WaitHeartbeat } from '../../contracts/rebuild-result.js';
import type { RerunVerdict } from '../../contracts/rerun-verdict.js';
import { CredentialsError, QuotaError, RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { markerOf } from '../checks/metadata.js';
import { judgeRerun, mayStillShow, type Operation, type VmNow } from '../decisions/judge-rerun.js';
import { observe, toVmState } from '../decisions/observation.js';
import { toApplicationFailure, workerStopping } from '../runtime/failure.js';
import { heartbeating, tellingUnanswered, type Unanswered } from '../runtime/heartbeat.js';
import { askServer, type Namespace } from '../runtime/namespace.js';
import { pause, sinceFirstScheduledMs, type Timing } from '../runtime/time.js';

export interface RerunDeps {
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
  readonly namespace: Pick<Namespace, 'leftBehind'>;
  readonly timing: Timing;
  readonly unanswered?: Unanswered;
  /** Aborted when the worker stops: the look then gives its place back at once. */
  readonly stopping: AbortSignal;
}

export type RerunInput = Operation & { readonly vm: VmRef };

/** Finds out what a run may do that Temporal has reset. Touches nothing. */
export function createRerunActivities(deps: RerunDeps) {
  return {
    /**
     * Reads what the earlier runs of this one have left, and the VM, and judges. See `judgeRerun`. Where one was cut short
     * and nothing has come of it, it reads the VM again a settle time later: a call of it may be on its way. Its heartbeat says so.
     * @throws ApplicationFailure TemporalUnreachable and JdCloudUnavailable (retryable) · VmNotFound · refusals
     */
    async judgeRerun({ vm, ...operation }: RerunInput): Promise<RerunVerdict> {
      const { runId = '' } = activityInfo().workflowExecution ?? {};
      const asking = tellingUnanswered(vm.regionId, deps.unanswered);
      const left = await heartbeating(
        () => askServer('tell what the earlier runs have left', () => deps.namespace.leftBehind(vm, runId)),
        asking,
      );
      const read = async (): Promise<RerunVerdict> => {
        const { now, observed } = await heartbeating(() => readNow(deps, vm), asking);
        return { runId, observed, ...judgeRerun(left, now, operation) };
      };
      try {
        const first = await read();
        if (!mayStillShow(left, first)) return first;
        await waitUntilSettled(deps, first);
        return await read();
      } catch (error) {
        // A run before may have stopped the VM: nobody leaves it for what may pass.
        throw toApplicationFailure(error, { timing: deps.timing, isTouched: true });
      }
    },
  };
}

/**
 * The reset came before the activity was scheduled: what was on its way then has shown a settle time after it.
 * @throws ApplicationFailure WorkerStopping, for another worker to go on
 */
async function waitUntilSettled({ timing, stopping }: RerunDeps, { observed }: RerunVerdict): Promise<void> {
  const leftMs = Math.max(0, timing.settleMs - sinceFirstScheduledMs());
  const again = new Date(Date.now() + leftMs).toISOString();
  const details: WaitHeartbeat = {
    attempt: activityInfo().attempt,
    observed,
    lastError: null,
    lastAnswer: `a call of the run before this one may be on its way: the VM is read again at ${again}`,
  };
  const beat = () => heartbeat(details);
  beat();
  await heartbeating(() => pauseUnlessStopping(leftMs, stopping), beat);
}

async function pauseUnlessStopping(ms: number, stopping: AbortSignal): Promise<void> {
  const cancelled = cancellationSignal();
  try {
    await pause(ms, AbortSignal.any([cancelled, stopping]));
  } catch (error) {
    throw cancelled.aborted ? error : workerStopping();
  }
}

async function readNow({ reader }: RerunDeps, vm: VmRef): Promise<{ now: VmNow; observed: VmState }> {
  const options = { fresh: true, signal: cancellationSignal() };
  const readingMarker = reader.customData(vm, options).then(markerOf, undefinedIfRefused);
  const [instance, marker] = await Promise.all([reader.instance(vm, options), readingMarker]);
  const seen = observe(instance, new Date());
  const { status, imageId, systemDiskId } = seen;
  return { now: { status, imageId, systemDiskId, marker }, observed: toVmState(seen) };
}

function undefinedIfRefused(error: unknown): undefined {
  // What may pass, as credentials that are refused for a while, says nothing of the right to read it.
  if (error instanceof RefusedError && !(error instanceof CredentialsError) && !(error instanceof QuotaError))
    return undefined;
  throw error;
}
