import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { CredentialsError, mayPass, NotFoundError, RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Image, ImageConstraints, Instance, InstanceCustomData } from '../../jdcloud/schemas.js';
import { SecretError } from '../../secrets/secret-error.js';
import type { SecretReader } from '../../secrets/secret-reader.js';
import { latestNow } from '../server-time.js';
import type { Facts } from './facts.js';

export interface FactSources {
  readonly reader: VmReader;
  readonly secrets: SecretReader;
}

/**
 * Reads everything that checks judge, afresh, and as much of it at once as may be. What is missing becomes a fact,
 * not an error.
 * @param needs - the marker is counted on: that metadata may not be read for the moment is an error then, too
 * @throws JdCloudError when a read fails for another reason than that the thing does not exist; NotFoundError for the VM itself
 */
export async function readFacts(
  sources: FactSources,
  request: RebuildRequest,
  signal: AbortSignal,
  needs = { markerUsable: false },
): Promise<Facts> {
  const { reader } = sources;
  const { regionId, instanceId } = request;
  const options = { fresh: true, signal };
  const reading = reader.instance({ regionId, instanceId }, options);
  const [instance, image, customData, keypair, password] = await Promise.all([
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
  ]);
  return { request, instance, ...image, keypair, customData, password, now: latestNow() };
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
  { markerUsable }: { readonly markerUsable: boolean },
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
