import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { CredentialsError, mayPass, NotFoundError, RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Image, ImageConstraints, Instance, InstanceCustomData, Quota } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { SecretError } from '../../secrets/bounded-files.js';
import type { SecretReader } from '../../secrets/secret-reader.js';
import { latestNow } from '../runtime/time.js';
import { isRolledBackUnattended } from './check-rollback-source.js';
import type { Facts } from './facts.js';

export interface FactSources {
  readonly reader: VmReader;
  readonly secrets: SecretReader;
}

/** What of the facts somebody counts on, beyond the request. */
export interface Needs {
  /** The marker is counted on: that metadata may not be read for the moment is an error then, too. */
  readonly markerUsable?: boolean;
  /** Nothing is touched yet: what the VM has now is told beside what it will have. */
  readonly isBeginning?: boolean;
  /** The backup that was made. */
  readonly backupImageId?: string | undefined;
}

/**
 * Reads everything that checks judge, afresh, and as much of it at once as may be. What is missing becomes a fact,
 * not an error.
 * @throws JdCloudError when a read fails for another reason than that the thing does not exist; NotFoundError for the VM itself
 */
export async function readFacts(
  sources: FactSources,
  request: RebuildRequest,
  signal: AbortSignal,
  needs: Needs = {},
): Promise<Facts> {
  const { reader } = sources;
  const { regionId, instanceId } = request;
  const options = { fresh: true, signal };
  const reading = reader.instance({ regionId, instanceId }, options);
  const [instance, image, customData, keypair, password, former, backup] = await Promise.all([
    reading,
    // A request that names its image need not wait for the VM's.
    request.imageId === undefined
      ? reading.then((vm) => readImage(reader, request, vm, signal))
      : readImage(reader, request, {}, signal),
    readCustomData(reader, request, signal, needs),
    request.keyNames?.[0] === undefined
      ? undefined
      : reader.keypair({ regionId, keyName: request.keyNames[0] }, options),
    readPassword(sources.secrets, request),
    needs.isBeginning === true || isRolledBackUnattended(request)
      ? reading.then((vm) => readFormerImage(reader, request, vm, signal))
      : {},
    needs.backupImageId === undefined
      ? {}
      : readBackupImage(reader, { regionId, imageId: needs.backupImageId }, signal),
  ]);
  return { request, instance, ...image, keypair, customData, password, ...former, ...backup, now: latestNow() };
}

async function readImage(
  reader: VmReader,
  request: RebuildRequest,
  instance: Pick<Instance, 'imageId'>,
  signal: AbortSignal,
): Promise<{ image: Image | null; constraints: ImageConstraints | null }> {
  const imageId = request.imageId ?? instance.imageId ?? null;
  if (imageId === null) return { image: null, constraints: null };
  const ref = { regionId: request.regionId, imageId };
  const [image, constraints] = await Promise.all([
    reader.image(ref, { fresh: true, signal }).catch(nullIfNotFound),
    reader.constraints(ref, { fresh: true, signal }).catch(nullIfNotFound),
  ]);
  return { image, constraints };
}

/** The image that a rollback without a backup would put on. That it may not be read keeps nobody from rebuilding. */
async function readFormerImage(
  reader: VmReader,
  request: RebuildRequest,
  { imageId }: Pick<Instance, 'imageId'>,
  signal: AbortSignal,
): Promise<Pick<Facts, 'formerImage' | 'formerConstraints'>> {
  if (!imageId || imageId === (request.imageId ?? imageId)) return {};
  try {
    const { image, constraints } = await readImage(reader, { ...request, imageId }, {}, signal);
    return { formerImage: image, formerConstraints: constraints };
  } catch (error) {
    if (error instanceof RefusedError && !(error instanceof CredentialsError)) return {};
    throw error;
  }
}

async function readBackupImage(
  reader: VmReader,
  ref: { readonly regionId: string; readonly imageId: string },
  signal: AbortSignal,
): Promise<Pick<Facts, 'backupImage'>> {
  return { backupImage: await reader.image(ref, { fresh: true, signal }).catch(nullIfNotFound) };
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof NotFoundError) return null;
  throw error;
}

// Without the right to read metadata a rebuild can still be done; only its marker cannot be used. Refused keys say nothing
// of that right.
async function readCustomData(
  reader: VmReader,
  { regionId, instanceId }: RebuildRequest,
  signal: AbortSignal,
  { markerUsable = false }: Needs,
): Promise<InstanceCustomData | null> {
  try {
    return await reader.customData({ regionId, instanceId }, { fresh: true, signal });
  } catch (error) {
    if (error instanceof CredentialsError || (markerUsable && mayPass(error))) throw error;
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

async function readPassword(
  secrets: SecretReader,
  { passwordRef, regionId, instanceId }: RebuildRequest,
): Promise<Facts['password']> {
  if (passwordRef === undefined) return undefined;
  try {
    const value = await secrets.peek(passwordRef, { regionId, instanceId });
    return value === null ? { isGenerated: true } : { value };
  } catch (error) {
    if (error instanceof SecretError) return { problem: error.message };
    throw error;
  }
}

/**
 * How many private images the account may have in the region, and has; undefined when no backup is asked for. Null when
 * JD Cloud does not say, or not to us: the rebuild can still be done, since createImage tells it too.
 * @throws JdCloudError when the read fails for another reason
 */
export async function readImageQuota(
  api: Pick<VmApi, 'describeQuotas'>,
  { backup, regionId }: Pick<RebuildRequest, 'backup' | 'regionId'>,
  signal: AbortSignal,
): Promise<Quota | null | undefined> {
  if (backup !== 'image') return undefined;
  try {
    const { quotas } = await api.describeQuotas({ regionId, resourceTypes: ['image'] }, { signal });
    return quotas.find(({ resourceType }) => resourceType === 'image') ?? null;
  } catch (error) {
    if (error instanceof RefusedError && !(error instanceof CredentialsError)) return null;
    throw error;
  }
}
