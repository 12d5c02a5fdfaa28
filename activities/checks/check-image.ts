import type { ImageOrigin } from '../../contracts/rebuild-plan.js';
import type { Image } from '../../jdcloud/schemas.js';
import { cloudTimeMs } from '../runtime/time.js';
import { type Check, targetImageId } from './facts.js';

/** Existence, status, offline and expiry of the image. */
export const checkImage: Check = ({ image, instance, request, now }) => {
  const imageId = targetImageId({ request, instance });
  if (imageId === null) return [];
  if (image === null) {
    const absent = 'does not exist in this region for this account';
    if (request.imageId !== undefined)
      return [{ code: 'image-not-found', field: 'imageId', message: `Image ${imageId} ${absent}.` }];
    const message = `The VM's own image ${imageId} ${absent}: it was deleted, or is shared no more. Name the image to put on.`;
    return [{ code: 'image-deleted', field: 'imageId', message }];
  }
  const issues = [];
  if (image.status && image.status !== 'ready') {
    const message = `Image ${imageId} is ${image.status}; it must be ready.`;
    issues.push({ code: 'image-status' as const, field: 'imageId', message });
  }
  // Unknown: whether JD Cloud rebuilds onto an offline image. Refusing is safe: it refuses new VMs from one.
  if (image.offline === true) {
    const message = `Image ${imageId} is offline: JD Cloud makes no new VMs from it.`;
    issues.push({ code: 'image-offline' as const, field: 'imageId', message });
  }
  if (hasExpired(image, now)) {
    const message = `Image ${imageId} expired at ${image.expiredTime}.`;
    issues.push({ code: 'image-expired' as const, field: 'imageId', message });
  }
  return issues;
};

/** Whether an image has passed its time. A time that cannot be read counts as over: fail closed. */
export function hasExpired({ expiredTime }: Image, now: Date): boolean {
  if (!expiredTime) return false;
  return !(cloudTimeMs(expiredTime) > now.getTime());
}

/** Where an image comes from, as far as JD Cloud says it. */
export function originOf(image: Image): ImageOrigin {
  return { source: image.imageSource || null, owner: image.ownerPin || null, createdAt: createdAtOf(image) };
}

/** When an image was made, ISO 8601 in UTC; null where JD Cloud does not say. */
export function createdAtOf({ createTime }: Pick<Image, 'createTime'>): string | null {
  const at = createTime ? cloudTimeMs(createTime) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
