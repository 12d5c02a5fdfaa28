import { backupOf } from '../../contracts/backup.js';
import type { FleetImage } from '../../contracts/fleet/fleet-spec.js';
import { unknownRegionNote } from '../../contracts/ids.js';
import type { ImageOrigin, OtherImages } from '../../contracts/rebuild-plan.js';
import { NotFoundError } from '../../jdcloud/errors.js';
import { allPages } from '../../jdcloud/list-queries.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Image } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { createdAtOf, hasExpired, originOf } from '../checks/check-image.js';
import { failure } from '../runtime/failure.js';
import { latestNow } from '../runtime/time.js';

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
    return { imageId: image.imageId, name: image.name ?? null, ...originOf(image), reason: why };
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

/** Whose images count, and when. */
export interface PickRule {
  /** Accounts, by their pins, whose shared images count beside the account's own; `*` stands for every account. */
  readonly sharedBy: readonly string[];
  readonly now: Date;
}

/** An image that matches and is not taken. `why` is for people. */
export interface PassedOver {
  readonly image: Image;
  readonly why: string;
}

/** The image taken, with the others that match, newest first; or why none can be taken. */
export type Picked = { readonly image: Image; readonly others: readonly PassedOver[] } | { readonly problem: string };

/**
 * Picks the image that was made last. Anybody may share an image of any name with an account, unasked: so one that is
 * not the account's own is taken only where its owner is named. Where two were made in the same second, or JD Cloud
 * does not say when, none is taken. Pure.
 * @param images - those whose names match
 */
export function newestOf(images: readonly Image[], rule: PickRule): Picked {
  const judged = images.map((image) => ({ image, why: whyNotTaken(image, rule) })).toSorted(newestFirst);
  const usable = judged.flatMap(({ image, why }) => (why === null ? [image] : []));
  const [first] = usable;
  const others = judged.flatMap(({ image, why }) => (image === first ? [] : [{ image, why: why ?? 'it is older' }]));
  if (first === undefined) return { problem: `none of them can be taken: ${listed(others)}` };
  const problem = whyNotTold(usable, first);
  return problem === null ? { image: first, others } : { problem };
}

function whyNotTaken(image: Image, { sharedBy, now }: PickRule): string | null {
  const { imageSource, ownerPin, status, offline } = image;
  const isKnownOwner = sharedBy.includes('*') || (ownerPin != null && sharedBy.includes(ownerPin));
  if (imageSource !== 'private' && !(imageSource === 'shared' && isKnownOwner))
    return `it is a ${imageSource ?? 'stray'} image of ${ownerPin ?? 'an account that JD Cloud does not name'}`;
  if (status !== 'ready') return `it is ${status ?? 'in an unknown status'}`;
  if (offline === true) return 'it is offline';
  return hasExpired(image, now) ? `it expired at ${image.expiredTime}` : null;
}

/** Why it cannot be told which of several images is the newest; null where it can. */
function whyNotTold(usable: readonly Image[], first: Image): string | null {
  if (usable.length === 1) return null;
  const ageless = usable.filter((image) => createdAtOf(image) === null);
  if (ageless.length > 0) return `JD Cloud does not say when ${idsOf(ageless)} was made. Name one by image.id`;
  const equals = usable.filter((image) => createdAtOf(image) === createdAtOf(first));
  if (equals.length === 1) return null;
  return `${idsOf(equals)} were made in the same second (${createdAtOf(first)}), and nothing tells which is meant. Name one by image.id`;
}

/** Those of unknown age first: they may be the newest. */
function newestFirst(a: Pick<PassedOver, 'image'>, b: Pick<PassedOver, 'image'>): number {
  const born = ({ image }: Pick<PassedOver, 'image'>) => Date.parse(createdAtOf(image) ?? '9999-12-31');
  return born(b) - born(a) || (a.image.imageId < b.image.imageId ? -1 : 1);
}

function idsOf(images: readonly Image[]): string {
  return images.map(({ imageId }) => imageId).join(' and ');
}

/** Images that a message names. */
const MOST_NAMED = 5;

function listed(others: readonly PassedOver[]): string {
  const named = others.slice(0, MOST_NAMED).map(({ image, why }) => `${image.imageId} "${image.name}": ${why}`);
  const more = others.length > MOST_NAMED ? [`and ${others.length - MOST_NAMED} more`] : [];
  return [...named, ...more].join('; ');
}
