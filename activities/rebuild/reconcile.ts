import { mayPass, type RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { markerOf } from '../checks/metadata.js';
import { isLanded, type RebuildTarget, withoutTrace } from '../decisions/landing.js';
import { type Observation, observe } from '../decisions/observation.js';
import type { StatusPoller } from '../polling/poller.js';
import type { Timing } from '../runtime/time.js';

export interface ReconcileDeps {
  readonly poller: StatusPoller;
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
  readonly timing: Timing;
}

/** What became of a rebuild call whose answer was lost. */
export interface Verdict {
  readonly landed: 'yes' | 'no' | 'unknown';
  readonly seen: Observation;
  /** The VM was seen `rebuilding`: what comes after that is the rebuilt VM. */
  readonly sawRebuilding: boolean;
}

/**
 * Finds out whether a rebuild call that may be out has landed. Evidence is believed at once; its absence only after
 * `settleMs` of looking, since an accepted call may stay invisible, and only where a landed call must leave a trace.
 * @throws JdCloudError when JD Cloud cannot be asked; the signal's reason when it aborts
 */
export async function reconcileRebuild(
  deps: ReconcileDeps,
  target: RebuildTarget,
  signal: AbortSignal,
): Promise<Verdict> {
  const first = await readClosely(deps, target, signal);
  if (first.landed === 'yes') return first;
  const following = deps.poller.subscribe(target.vm, 'settling', signal);
  const settledAt = performance.now() + deps.timing.settleMs;
  try {
    while (performance.now() < settledAt) {
      const result = await following.next();
      if (result.kind === 'failed' && result.isFinal) throw result.error;
      if (result.kind === 'seen' && isLanded(target, result.observation, null))
        return verdict('yes', result.observation);
    }
  } finally {
    following.stop(false);
  }
  const last = await readClosely(deps, target, signal);
  if (last.landed === 'yes') return last;
  return verdict(withoutTrace(target), last.seen);
}

/**
 * One look at the VM and at its metadata, both afresh. Where metadata may not be read now, what the VM shows is believed
 * all the same, and nothing is concluded from what it does not show.
 */
async function readClosely({ reader }: ReconcileDeps, target: RebuildTarget, signal: AbortSignal): Promise<Verdict> {
  const options = { fresh: true, signal };
  const [instance, customData] = await Promise.all([
    reader.instance(target.vm, options),
    target.markerUsable ? reader.customData(target.vm, options).catch(keepPassing) : null,
  ]);
  const seen = observe(instance, new Date());
  if (!mayPass(customData)) return verdict(isLanded(target, seen, markerOf(customData)) ? 'yes' : 'no', seen);
  if (isLanded(target, seen, null)) return verdict('yes', seen);
  throw customData;
}

function keepPassing(error: unknown): RefusedError {
  if (mayPass(error)) return error;
  throw error;
}

function verdict(landed: Verdict['landed'], seen: Observation): Verdict {
  return { landed, seen, sawRebuilding: seen.status === 'rebuilding' };
}
