import { backupOf } from '../../contracts/backup.js';
import type { FleetImage } from '../../contracts/fleet/fleet-spec.js';
import { NotFoundError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Image } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { allPages } from '../backup/all-pages.js';
import { cloudTimeMs } from '../cloud-time.js';
import { failure } from '../failure.js';

export interface ImageSources {
  readonly api: Pick<VmApi, 'describeImages'>;
  readonly reader: Pick<VmReader, 'image'>;
}

/** The image that a plan is made for, whatever is made after it. */
export interface PinnedImage {
  readonly imageId: string;
  readonly name: string | null;
}

/** Where images of the account's own are: those that it made, and those that another account shares with it. */
const SOURCES = ['private', 'shared'] as const;

/**
 * Finds the image that a fleet is moved to.
 * @throws ApplicationFailure InvalidInput where there is none · JdCloudError
 */
export async function pinImage(
  sources: ImageSources,
  { regionId, image }: { readonly regionId: string; readonly image: FleetImage },
  signal: AbortSignal,
): Promise<PinnedImage> {
  const { id, newestNamed = '' } = image;
  const found =
    id === undefined
      ? await newestOf(sources.api, regionId, newestNamed, signal)
      : await imageOf(sources.reader, { regionId, imageId: id }, signal);
  return { imageId: found.imageId, name: found.name ?? null };
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
    throw failure('InvalidInput', `image.id: this account knows no image ${ref.imageId} in ${ref.regionId}.`);
  }
}

async function newestOf(api: ImageSources['api'], regionId: string, prefix: string, signal: AbortSignal) {
  const lists = await Promise.all(
    SOURCES.map((imageSource) => imagesNamed(api, { regionId, imageSource, prefix }, signal)),
  );
  const [newest] = lists.flat().filter(isUsable).toSorted(newestFirst);
  if (newest !== undefined) return newest;
  const message = `image.newestNamed: no private or shared image of ${regionId} that is ready has a name that begins with ${JSON.stringify(prefix)}.`;
  throw failure('InvalidInput', message);
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
  return images.filter(
    ({ name, desc }) => name?.startsWith(prefix) === true && backupOf({ name, description: desc }, regionId) === null,
  );
}

function isUsable({ status, offline }: Image): boolean {
  return status === 'ready' && offline !== true;
}

function newestFirst(a: Image, b: Image): number {
  return bornMs(b) - bornMs(a) || (a.imageId < b.imageId ? 1 : -1);
}

/** When an image was made; an image of unknown age is older than all others. */
function bornMs({ createTime }: Image): number {
  const at = createTime ? cloudTimeMs(createTime) : Number.NaN;
  return Number.isNaN(at) ? 0 : at;
}
