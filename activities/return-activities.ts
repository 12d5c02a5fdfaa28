import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Warning } from '../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../contracts/rebuild-request.js';
import type { StepReport } from '../contracts/step-report.js';
import { RefusedError } from '../jdcloud/errors.js';
import type { VmReader } from '../jdcloud/reader.js';
import { failure, toApplicationFailure } from './failure.js';
import { heartbeating } from './heartbeating.js';
import { markerOf } from './metadata.js';
import { type Observation, observe, toVmState } from './observation.js';
import { canBeTold, provesLanding, type RebuildTarget } from './rebuild-evidence.js';
import { sinceFirstScheduledMs } from './server-time.js';
import { differences, profileOf, type VmProfile } from './vm-profile.js';
import { type Decide, type WaitDeps, type WaitInput, waitUntil } from './wait.js';

export interface ReturnDeps extends WaitDeps {
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
}
export interface VerifyInput {
  readonly request: RebuildRequest;
  readonly target: RebuildTarget;
  readonly power: 'running' | 'stopped';
  /** The VM was seen with the image asked for before: another one now is someone else's doing. */
  readonly sawImage?: boolean;
  /** What the VM looked like before; absent: nothing is compared. */
  readonly profile?: VmProfile | undefined;
}

export interface VerifyReport extends StepReport {
  /** What is not as it was, beyond what a rebuild changes. Absent in histories recorded before it was compared. */
  readonly warnings?: readonly Warning[];
}

/** Tells when a rebuilt VM is back, and whether it is what was asked for. */
export function createReturnActivities(deps: ReturnDeps) {
  return {
    /**
     * Waits until the VM is out of `rebuilding`: stopped, as JD Cloud leaves it, or running by itself.
     * @param input.sawRebuilding - it was seen rebuilding before this wait began
     * @throws ApplicationFailure VmInError · VmDeleted · DeadlineExceeded · ChangedUnderneath when it runs and nothing shows a rebuild ·
     * RebuildOutcomeUnknown when nothing can show one
     */
    waitUntilRebuilt: (
      input: WaitInput & { readonly target: RebuildTarget; readonly sawRebuilding: boolean },
    ): Promise<StepReport> =>
      waitUntil(deps, input, 'rebuilding', isBack(deps, input.target), { sawPassing: input.sawRebuilding }),

    /**
     * Reads the VM afresh and holds its image and power state against what was promised. A look that does not match
     * yet is repeated for `settleMs` from the first attempt. All else that is not as it was is a warning.
     * @throws ApplicationFailure RebuildNotApplied (image) · ChangedUnderneath (power, or the image once it was there) ·
     * refusals
     */
    async verifyRebuilt(input: VerifyInput): Promise<VerifyReport> {
      try {
        return await heartbeating(() => verify(deps, input));
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing });
      }
    },
  };
}

/**
 * Back is a VM at rest after it was seen `rebuilding`. Where that was missed, a `stopped` proves nothing by itself: it
 * may be what the VM was before an accepted call showed. So it must have lasted for `settleMs`, with a trace of the rebuild.
 */
function isBack({ reader, timing }: ReturnDeps, target: RebuildTarget): Decide {
  let restsSince: number | null = null;
  return async (seen, memory) => {
    if (seen.status === 'rebuilding') memory.sawPassing = true;
    if (!isAtRest(seen)) {
      restsSince = null;
      return false;
    }
    // Polls may be stale: the end of `rebuilding` counts when a read of its own shows it too.
    if (memory.sawPassing) return isAtRest(observe(await readAfresh(reader.instance(target.vm, fresh())), new Date()));
    restsSince ??= performance.now();
    if (performance.now() - restsSince < timing.settleMs) return false;
    if (provesLanding(target, seen, await readMarker(reader, target))) return true;
    refuseUnprovable(target, seen);
    restsSince = null; // look at the metadata once per settle time, not at every poll
    return false;
  };
}

function isAtRest({ status }: Observation): boolean {
  return status === 'stopped' || status === 'running';
}

/** Ends a wait in which nothing can show, or should by now have shown, that the VM was rebuilt. */
function refuseUnprovable(target: RebuildTarget, seen: Observation): void {
  const details = { observed: toVmState(seen) };
  if (!canBeTold(target))
    throw failure('RebuildOutcomeUnknown', 'JD Cloud took the rebuild call, and nothing shows how it ended.', {
      details,
    });
  if (seen.status === 'running')
    throw failure('ChangedUnderneath', 'The VM runs, and nothing shows that it was rebuilt.', { details });
}

const fresh = () => ({ fresh: true, signal: cancellationSignal() });

async function readAfresh<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw toApplicationFailure(error);
  }
}

/** The marker, or null where there is none or where it may not be read: without it the other evidence has to do. */
async function readMarker(reader: ReturnDeps['reader'], target: RebuildTarget): Promise<string | null> {
  if (!target.markerUsable) return null;
  const reading = reader.customData(target.vm, fresh()).catch((error: unknown) => {
    if (error instanceof RefusedError) return null;
    throw error;
  });
  return markerOf(await readAfresh(reading));
}

async function verify(
  { reader, timing }: ReturnDeps,
  { request, target, power, profile, sawImage = false }: VerifyInput,
): Promise<VerifyReport> {
  const { attempt } = activityInfo();
  const [instance, marker] = await Promise.all([reader.instance(target.vm, fresh()), readMarker(reader, target)]);
  const seen = observe(instance, new Date());
  const observed = toVmState(seen);
  const options = {
    details: { observed },
    retryable: !isAtRest(seen) || sinceFirstScheduledMs() < timing.settleMs,
    retryAfterMs: Math.min(timing.pollIntervalMs, timing.settleMs / 4),
  };
  if (seen.imageId !== target.imageId) {
    const [type, now] = sawImage ? (['ChangedUnderneath', ' any more'] as const) : (['RebuildNotApplied', ''] as const);
    throw failure(type, `The VM reports image ${seen.imageId}, not ${target.imageId}${now}.`, options);
  }
  if (canBeTold(target) && !provesLanding(target, seen, marker))
    throw failure(
      'RebuildNotApplied',
      'The VM shows no trace of the rebuild: no marker, the same system disk.',
      options,
    );
  if (seen.status !== power)
    throw failure('ChangedUnderneath', `The VM is ${seen.status}; we left it ${power}.`, options);
  const changed = profile === undefined ? [] : differences(profile, profileOf(instance), request);
  return { attempt, apiCalls: [], observed, warnings: [...changed, ...markerWarnings(target, marker)] };
}

function markerWarnings({ markerUsable, marker: ours }: RebuildTarget, marker: string | null): Warning[] {
  if (!markerUsable || marker === ours) return [];
  const message =
    "The VM does not carry this rebuild's marker. Someone else may have rebuilt it onto the same image meanwhile: check key and metadata.";
  return [{ code: 'marker-missing', message }];
}
