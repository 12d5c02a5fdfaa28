import { setTimeout as delay } from 'node:timers/promises';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { ClockSkewError, CredentialsError, JdCloudError, PermissionError, RefusedError } from '../../jdcloud/errors.js';
import type { Image, ImageConstraints, Instance, Quota } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { failureOf, toReimageError } from '../connection/errors.js';

/** All that a rehearsal asks of JD Cloud: reads, and nothing else. */
export type ReadApi = Pick<
  VmApi,
  'describeInstances' | 'describeImages' | 'describeImageConstraintsBatch' | 'describeKeypairs' | 'describeQuotas'
>;

/** What was read of JD Cloud for a rehearsal. */
export interface CloudCopy {
  readonly instances: readonly Instance[];
  readonly images: readonly Image[];
  readonly constraints: readonly ImageConstraints[];
  /** Key pairs of the account, of those that the fleet names. */
  readonly keyNames: readonly string[];
  /** Private images that the account may have, and has; null where no backup is asked for, or JD Cloud does not say. */
  readonly imageQuota: Quota | null;
}

/** Most ids in one call. */
const MOST_IDS = 100;
const ATTEMPTS = 4;
const PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Reads the VMs that a plan rebuilds, their images and the one that they get, its constraints, the key pairs and the
 * quota of images. What JD Cloud does not know (any more) is missing.
 * @throws ReimageError JdCloudUnavailable, after some tries · CredentialsRefused · PermissionDenied · JdCloudRefused ·
 * the reason of the signal
 */
export async function readCloud(api: ReadApi, plan: FleetPlan, signal: AbortSignal): Promise<CloudCopy> {
  const { regionId, rebuild } = plan.spec;
  const ask = <T>(question: () => Promise<T>) => asking(question, signal);
  const ids = plan.rows.filter(({ wave }) => wave !== null).map(({ instanceId }) => instanceId);
  const instances = await inHundreds(ids, async (instanceIds) => {
    return (await ask(() => api.describeInstances({ regionId, instanceIds }, { signal }))).instances;
  });
  const had = instances.map(({ imageId }) => imageId ?? '').filter((id) => id !== '');
  const images = await inHundreds([...new Set([plan.image.imageId, ...had])], async (imageIds) => {
    return (await ask(() => api.describeImages({ regionId, imageIds }, { signal }))).images;
  });
  const official = images.filter(({ imageSource }) => imageSource === 'public' || imageSource === 'thirdparty');
  const constraints = await inHundreds(
    official.map(({ imageId }) => imageId),
    async (imageIds) =>
      (await ask(() => api.describeImageConstraintsBatch({ regionId, imageIds }, { signal }))).imageConstraints,
  );
  const keyNames = await inHundreds(rebuild.keyNames ?? [], async (names) => {
    return (await ask(() => api.describeKeypairs({ regionId, keyNames: names }, { signal }))).keypairs;
  });
  const imageQuota = rebuild.backup === 'image' ? await ask(() => quotaOf(api, regionId, signal)) : null;
  return { instances, images, constraints, keyNames: keyNames.map(({ keyName }) => keyName), imageQuota };
}

/** An account need not be allowed to see its quotas. */
async function quotaOf(api: ReadApi, regionId: string, signal: AbortSignal): Promise<Quota | null> {
  try {
    const { quotas } = await api.describeQuotas({ regionId, resourceTypes: ['image'] }, { signal });
    return quotas.find(({ resourceType }) => resourceType === 'image') ?? null;
  } catch (error) {
    if (error instanceof PermissionError) return null;
    throw error;
  }
}

async function inHundreds<T>(
  ids: readonly string[],
  read: (some: readonly string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (let from = 0; from < ids.length; from += MOST_IDS) found.push(...(await read(ids.slice(from, from + MOST_IDS))));
  return found;
}

async function asking<T>(question: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof JdCloudError)) throw error;
      if (error instanceof RefusedError || attempt === ATTEMPTS)
        throw toReimageError(failureIn(error), { cause: error });
      const pauseMs = Math.min(error.retryAfterMs ?? PAUSE_MS, LONGEST_PAUSE_MS);
      await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

function failureIn(error: JdCloudError) {
  const type =
    error instanceof ClockSkewError
      ? 'ClockSkewed'
      : error instanceof CredentialsError
        ? 'CredentialsRefused'
        : error instanceof PermissionError
          ? 'PermissionDenied'
          : error instanceof RefusedError
            ? 'JdCloudRefused'
            : 'JdCloudUnavailable';
  return failureOf(type, `The VMs could not be read: ${error.message}`);
}
