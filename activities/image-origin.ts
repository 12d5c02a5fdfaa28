import type { ImageOrigin } from '../contracts/image-origin.js';
import type { Image } from '../jdcloud/schemas.js';
import { cloudTimeMs } from './cloud-time.js';

/** Where an image comes from, as far as JD Cloud says it. */
export function originOf(image: Image): ImageOrigin {
  return { source: image.imageSource || null, owner: image.ownerPin || null, createdAt: createdAtOf(image) };
}

/** When an image was made, ISO 8601 in UTC; null where JD Cloud does not say. */
export function createdAtOf({ createTime }: Pick<Image, 'createTime'>): string | null {
  const at = createTime ? cloudTimeMs(createTime) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
