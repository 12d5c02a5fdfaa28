import type { Image } from '../../jdcloud/schemas.js';
import { hasExpired } from '../checks/check-image.js';
import { createdAtOf } from '../image-origin.js';

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
