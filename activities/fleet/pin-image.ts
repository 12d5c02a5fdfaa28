import { unknownRegionNote } from '../../contracts/known-regions.js';
import { backupOf } from '../../contracts/backup.js';
import type { ImageOrigin, OtherImages } from '../../contracts/image-origin.js';
import type { FleetImage } from '../../contracts/fleet/fleet-spec.js';
import { NotFoundError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Image } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { allPages } from '../backup/all-pages.js';
import { failure } from '../failure.js';
import { originOf } from '../image-origin.js';
import { latestNow } from '../server-time.js';
import { newestOf, type PassedOver } from './newest-image.js';

export interface ImageSources {
  readonly api: Pick<VmApi, 'describeImages'>;
  readonly reader: Pick<VmReader, 'image'>;
}

/** The image that a plan is made for, whatever is made after it. */
export interface PinnedImage {
  readonly imageId: string;
  readonly name: string | null;
  /** Absent in histories recorded before it was told. */
  readonly origin?: ImageOrigin;
  /** What else has such a name; absent where the image was named by its id. */
  readonly others?: OtherImages;
}

/** Where images are looked for by name. Those that are shared are told, and taken only where the fleet names who shares them. */
const SOURCES = ['private', 'shared'] as const;

/** Other images that a plan names, the newest first. */
const MOST_OTHERS = 10;

/**
 * Finds the image that a fleet is moved to.
 * @throws ApplicationFailure InvalidInput where there is none, or nobody can tell which is meant · JdCloudError
 */
export async function pinImage(
  sources: ImageSources,
  { regionId, image }: { readonly regionId: string; readonly image: FleetImage },
  signal: AbortSignal,
): Promise<PinnedImage> {
  if (image.id === undefined) return await pinNewest(sources.api, { regionId, image }, signal);
  return pinned(await imageOf(sources.reader, { regionId, imageId: image.id }, signal));
}

function pinned(image: Image): PinnedImage {
  return { imageId: image.imageId, name: image.name ?? null, origin: originOf(image) };
}

async function imageOf(
  reader: Pick<VmReader, 'image'>,
  ref: { readonly regionId: string; readonly imageId: string },
  signal: AbortSignal,
): Promise<Image> {
  try {
    return await reader.image(ref, { fresh: true, signal });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw failure(
      'InvalidInput',
      `image.id: this account knows no image ${ref.imageId} in ${ref.regionId}${unknownRegionNote(ref.regionId)}.`,
    );
  }
}

async function pinNewest(
  api: ImageSources['api'],
  { regionId, image: { newestNamed: prefix = '', sharedBy = [] } }: { regionId: string; image: FleetImage },
  signal: AbortSignal,
): Promise<PinnedImage> {
  const lists = await Promise.all(
    SOURCES.map((imageSource) => imagesNamed(api, { regionId, imageSource, prefix }, signal)),
  );
  const images = lists.flat();
  const named = `of ${regionId} whose name begins with ${JSON.stringify(prefix)}`;
  if (images.length === 0)
    throw failure('InvalidInput', `image.newestNamed: there is no private or shared image ${named}.`);
  const picked = newestOf(images, { sharedBy, now: latestNow() });
  if ('problem' in picked)
    throw failure('InvalidInput', `image.newestNamed: of the images ${named} ${picked.problem}.`);
  return { ...pinned(picked.image), others: toOthers(picked.others) };
}

function toOthers(others: readonly PassedOver[]): OtherImages {
  const images = others.slice(0, MOST_OTHERS).map(({ image, why }) => {
    return { imageId: image.imageId, name: image.name ?? null, ...originOf(image), why };
  });
  return { count: others.length, images };
}

async function imagesNamed(
  api: ImageSources['api'],
  { regionId, imageSource, prefix }: { regionId: string; imageSource: (typeof SOURCES)[number]; prefix: string },
  signal: AbortSignal,
): Promise<Image[]> {
  const images = await allPages(
    async (page) => {
      const query = { regionId, imageSource, imageName: prefix, ...page };
      const answer = await api.describeImages(query, { signal });
      return { items: answer.images, totalCount: answer.totalCount };
    },
    ({ imageId }) => imageId,
  );
  // JD Cloud's own match is fuzzy. A backup of ours is one VM's disk, whatever its name begins with.
  const matching = images.filter(
    ({ name, desc }) => name?.startsWith(prefix) === true && backupOf({ name, description: desc }, regionId) === null,
  );
  // What an image does not say of itself, the list that it stands in says.
  return matching.map((image) => ({ ...image, imageSource: image.imageSource || imageSource }));
}
