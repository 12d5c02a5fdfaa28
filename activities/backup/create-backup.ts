import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import type { VmRef } from '../../contracts/ids.js';
import type { StepReport } from '../../contracts/rebuild-result.js';
import { JdCloudError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Image, Instance } from '../../jdcloud/schemas.js';
import type { CreateImageOptions, VmApi } from '../../jdcloud/vm-api.js';
import { type Observation, observe, toVmState } from '../decisions/observation.js';
import { refuseUnlessStopped } from '../rebuild/power-activities.js';
import { isRefusalOfCall, refusedAs, toApplicationFailure } from '../runtime/failure.js';
import { type Acknowledge, heartbeating } from '../runtime/heartbeat.js';
import { InFlightMarker } from '../runtime/in-flight-marker.js';
import { type Age, startAge, type Timing } from '../runtime/time.js';
import { readPrivateImages } from './list-backups.js';

export interface CreateBackupDeps {
  readonly api: Pick<VmApi, 'createImage' | 'describeImages'>;
  readonly reader: Pick<VmReader, 'instance'>;
  readonly timing: Timing;
  readonly acknowledge: Acknowledge;
}

export interface CreateBackupInput {
  readonly vm: VmRef;
  /** Name and description mark the image as the one of this operation: a repeat finds it by them. */
  readonly name: string;
  readonly description: string;
  readonly withDataDisks: boolean;
  /** The VM was touched before. @default false */
  readonly isTouched?: boolean;
}

/** The backup image as last seen. */
export interface FoundBackup {
  readonly imageId: string;
  readonly status: string;
}

/** The same, with how it came about. */
export type BackupReport = StepReport & FoundBackup;

/** Finds the image that this operation has asked for before, or asks for it. See `createBackupActivities`. */
export async function createBackup(deps: CreateBackupDeps, input: CreateBackupInput): Promise<BackupReport> {
  const note = new InFlightMarker(deps.acknowledge);
  let mayBeOut = note.mayBeOut;
  try {
    mayBeOut = await note.findOut();
    const { image, age } = await readVm(deps, input, mayBeOut);
    mayBeOut = false;
    const instance = await deps.reader.instance(input.vm, { fresh: true, signal: cancellationSignal() });
    const seen = observe(instance, new Date());
    if (image !== null) return reportOf(image.imageId, image.status ?? 'unknown', seen);
    refuseUnlessStopped(seen, { before: 'the backup', timing: deps.timing });
    return await send(deps, input, { instance, seen, beforeSend: note.attempt.beforeSend(age) });
  } catch (error) {
    mayBeOut ||= error instanceof JdCloudError && error.operation === 'createImage' && error.mayHaveArrived;
    if (!mayBeOut) note.noneInFlight();
    const end = await note.attempt.endOf(error);
    const isTouched = input.isTouched === true || mayBeOut;
    throw toApplicationFailure(end, { timing: deps.timing, isTouched, details: { callMayBeInFlight: mayBeOut } });
  } finally {
    note.stop();
  }
}

/**
 * Looks for the image of a call whose end nobody heard of: until it would show. Null where there is none. See
 * `createBackupActivities`.
 */
export async function findBackup(deps: CreateBackupDeps, input: CreateBackupInput): Promise<FoundBackup | null> {
  try {
    const { image } = await heartbeating(() => readVm(deps, input, true));
    return image === null ? null : { imageId: image.imageId, status: image.status ?? 'unknown' };
  } catch (error) {
    throw toApplicationFailure(error, { timing: deps.timing, isTouched: true });
  }
}

/** Longest that a lost call is looked for, whatever the settings say: an attempt has 90 s for it and the call, and a second image is the worst that comes of it. */
const LONGEST_SETTLE_MS = 45_000;

/** Looks for the image: once, or, where a call of an earlier attempt may be out, until it would show. */
async function readVm(
  deps: CreateBackupDeps,
  input: CreateBackupInput,
  mayBeOut: boolean,
): Promise<{ image: Image | null; age: Age }> {
  const settleMs = mayBeOut ? Math.min(deps.timing.settleMs, LONGEST_SETTLE_MS) : 0;
  const settledAt = performance.now() + settleMs;
  for (;;) {
    const [askedAt, age] = [performance.now(), startAge()];
    const image = await find(deps, input);
    if (image !== null || askedAt >= settledAt) return { image, age };
    await sleep(Math.min(deps.timing.pollIntervalMs, settleMs / 4));
  }
}

/** The image of this very operation. Of two, which a lost answer may have led to, the one that is not broken, then the older, then the one of the lesser id. */
async function find({ api }: CreateBackupDeps, { vm, name, description }: CreateBackupInput): Promise<Image | null> {
  const query = { regionId: vm.regionId, imageName: name };
  const images = await readPrivateImages(api, query, cancellationSignal());
  const ours = images.filter((image) => image.name === name && image.desc === description);
  const rank = ({ createTime, imageId }: Image) => `${createTime ?? ''} ${imageId}`;
  const byAge = ours.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return byAge.find(({ status }) => status !== 'error') ?? byAge[0] ?? null;
}

async function send(
  { api }: CreateBackupDeps,
  { vm, name, description, withDataDisks }: CreateBackupInput,
  {
    instance,
    seen,
    beforeSend,
  }: { readonly instance: Instance; readonly seen: Observation; readonly beforeSend: () => Promise<void> },
): Promise<BackupReport> {
  cancellationSignal().throwIfAborted();
  const leftOut = withDataDisks ? [] : dataDisksToLeaveOut(instance);
  const body = { name, description, ...(leftOut.length > 0 && { dataDisks: leftOut }) };
  try {
    // Not the caller's signal: once sent, the answer is worth more than the time.
    const { requestId, imageId } = await api.createImage(vm, body, { beforeSend });
    return { ...reportOf(imageId, 'pending', seen), apiCalls: [{ operation: 'createImage', requestId }] };
  } catch (error) {
    throw explained(error, seen);
  }
}

/** JD Cloud takes every cloud data disk into an image that is not named here; it never takes a local one. */
function dataDisksToLeaveOut({ dataDisks }: Instance): NonNullable<CreateImageOptions['dataDisks']> {
  return (dataDisks ?? []).flatMap(({ deviceName, diskCategory }) =>
    deviceName && diskCategory !== 'local' ? [{ deviceName, noDevice: true }] : [],
  );
}

/** A refusal of the image itself is the backup's own failure; one of the account or of the moment keeps its type. */
function explained(error: unknown, seen: Observation): unknown {
  if (!isRefusalOfCall(error)) return error;
  return refusedAs('BackupFailed', error, toVmState(seen));
}

function reportOf(imageId: string, status: string, seen: Observation): BackupReport {
  return { attempt: activityInfo().attempt, apiCalls: [], observed: toVmState(seen), imageId, status };
}
