import { activityInfo } from '@temporalio/activity';
import type { FailureType } from '../../contracts/failures.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { StepReport } from '../../contracts/rebuild-result.js';
import { mayPass, type RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { afterBrokenPromise, isAsPromised } from '../decisions/is-back.js';
import { proofOfNewDisk, type RebuildTarget } from '../decisions/landing.js';
import { type Observation, observe, toVmState } from '../decisions/observation.js';
import { failure, toApplicationFailure } from '../runtime/failure.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { sinceFirstScheduledMs } from '../runtime/time.js';
import { fresh, isBack, readMarker } from './is-back.js';
import { differences, profileOf, type VmProfile } from './vm-profile.js';
import { NOTHING_SEEN, type WaitDeps, type WaitInput, waitUntil } from './wait-until.js';

export interface ReturnDeps extends WaitDeps {
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
}
export interface RebuiltInput extends WaitInput {
  readonly target: RebuildTarget;
  /** It was seen rebuilding before this wait began. */
  readonly sawRebuilding: boolean;
  /** An earlier wait has seen it come back. Absent in histories recorded before the two were told apart. */
  readonly wasBack?: boolean;
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
     * @throws ApplicationFailure VmInError · VmDeleted · DeadlineExceeded · ConcurrentChange when it runs and nothing shows a rebuild ·
     * RebuildOutcomeUnknown when nothing can show one
     */
    waitUntilRebuilt: (input: RebuiltInput): Promise<StepReport> => {
      const { target, sawRebuilding, wasBack = false } = input;
      const memory = { ...NOTHING_SEEN, sawPassing: sawRebuilding || wasBack };
      return waitUntil(deps, input, 'rebuilding', isBack(deps, target, wasBack), memory);
    },

    /**
     * Reads the VM afresh and holds its image and power state against what was promised. A look that does not match
     * yet is repeated for `settleMs` from the first attempt. All else that is not as it was is a warning.
     * @throws ApplicationFailure RebuildNotApplied (image) · RebuildOutcomeUnknown (image and disk are what they were) ·
     * ConcurrentChange (power, or the image once it was there) ·
     * refusals, retryable where they may pass
     */
    async verifyRebuilt(input: VerifyInput): Promise<VerifyReport> {
      try {
        return await heartbeating(() => verify(deps, input));
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing, isTouched: true });
      }
    },
  };
}

async function verify(
  { reader, timing }: ReturnDeps,
  { request, target, power, profile, sawImage = false }: VerifyInput,
): Promise<VerifyReport> {
  const { attempt } = activityInfo();
  const [instance, found] = await Promise.all([reader.instance(target.vm, fresh()), findMarker(reader, target)]);
  const { marker } = found;
  const seen = observe(instance, new Date());
  const observed = toVmState(seen);
  const diskCreatedAt = instance.systemDisk?.cloudDisk?.createTime ?? null;
  const verdict = isAsPromised({ target, seen, marker, diskCreatedAt, power });
  if (verdict !== 'yes') {
    if (verdict === 'no-trace' && found.refusal !== null) throw found.refusal;
    const [type, message] = whyNotDone(verdict, { target, seen, power, sawImage });
    const { retryable, ...held } = afterBrokenPromise(seen, sinceFirstScheduledMs(), timing.settleMs);
    const retryAfterMs = Math.min(timing.pollIntervalMs, timing.settleMs / 4);
    throw failure(type, message, { details: { observed, ...held }, retryable, retryAfterMs });
  }
  const changed = profile === undefined ? [] : differences(profile, profileOf(instance), request);
  const ofDisk = diskWarnings(target, proofOfNewDisk(target, seen, diskCreatedAt));
  return { attempt, apiCalls: [], observed, warnings: [...changed, ...markerWarnings(target, found), ...ofDisk] };
}

/** What a VM that is not as promised is told as. */
function whyNotDone(
  verdict: Exclude<ReturnType<typeof isAsPromised>, 'yes'>,
  {
    target,
    seen,
    power,
    sawImage,
  }: Pick<VerifyInput, 'target' | 'power' | 'sawImage'> & { readonly seen: Observation },
): [type: FailureType, message: string] {
  switch (verdict) {
    case 'other-image': {
      const message = `The VM reports image ${seen.imageId}, not ${target.imageId}`;
      return sawImage === true ? ['ConcurrentChange', `${message} any more.`] : ['RebuildNotApplied', `${message}.`];
    }
    case 'no-trace':
      return ['RebuildNotApplied', 'The VM shows no trace of the rebuild: no marker, the same system disk.'];
    case 'same-disk':
      return ['RebuildOutcomeUnknown', untoldText(target)];
    case 'other-power':
      return ['ConcurrentChange', `The VM is ${seen.status}; we left it ${power}.`];
  }
}

function untoldText({ imageId, before: { systemDiskId } }: RebuildTarget): string {
  const disk =
    systemDiskId === null ? 'JD Cloud gives its system disk no id' : `its system disk is ${systemDiskId} still`;
  return `JD Cloud took the rebuild call. The VM had image ${imageId} before, and ${disk}: nothing shows whether what is on the disk was replaced.`;
}

function diskWarnings(
  { imageId, before: { systemDiskId } }: RebuildTarget,
  proof: 'disk' | 'image' | 'nothing',
): Warning[] {
  if (proof === 'disk' || systemDiskId === null) return [];
  const message = `The VM reports ${imageId}, and its system disk is ${systemDiskId} still: see on the VM that what is on it is new.`;
  return [{ code: 'same-system-disk', message }];
}

/** The marker, and why it may not be read now; null when it may. */
interface FoundMarker {
  readonly marker: string | null;
  readonly refusal: RefusedError | null;
}

/** Reads the marker where it may be read: elsewhere the other evidence may do. */
async function findMarker(reader: ReturnDeps['reader'], target: RebuildTarget): Promise<FoundMarker> {
  try {
    return { marker: await readMarker(reader, target), refusal: null };
  } catch (error) {
    if (!mayPass(error)) throw error;
    return { marker: null, refusal: error };
  }
}

function markerWarnings({ markerUsable, marker: ours }: RebuildTarget, { marker, refusal }: FoundMarker): Warning[] {
  if (!markerUsable || marker === ours) return [];
  if (refusal !== null) {
    const message = `The VM's metadata could not be read, so its marker was not looked at: ${refusal.message}`;
    return [{ code: 'marker-missing', message }];
  }
  const message =
    "The VM does not carry this rebuild's marker. Someone else may have rebuilt it onto the same image meanwhile: check key and metadata.";
  return [{ code: 'marker-missing', message }];
}
