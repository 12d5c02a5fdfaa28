import type { Image } from '../../jdcloud/schemas.js';
import { type Check, targetImageId } from './facts.js';

/** Existence, status, offline and expiry of the image. */
export const checkImage: Check = ({ image, instance, request, now }) => {
  const imageId = targetImageId({ request, instance });
  if (imageId === null) return [];
  if (image === null) {
    const what = request.imageId === undefined ? `The VM's own image ${imageId}` : `Image ${imageId}`;
    const message = `${what} does not exist in this region for this account.`;
    return [{ code: 'image-not-found', field: 'imageId', message }];
  }
  const misfits = [];
  if (image.status && image.status !== 'ready') {
    const message = `Image ${imageId} is ${image.status}; it must be ready.`;
    misfits.push({ code: 'image-status' as const, field: 'imageId', message });
  }
  // Unknown: whether JD Cloud rebuilds onto an offline image. Refusing is safe: it refuses new VMs from one.
  if (image.offline === true) {
    const message = `Image ${imageId} is offline: JD Cloud makes no new VMs from it.`;
    misfits.push({ code: 'image-offline' as const, field: 'imageId', message });
  }
  if (hasExpired(image, now)) {
    const message = `Image ${imageId} expired at ${image.expiredTime}.`;
    misfits.push({ code: 'image-expired' as const, field: 'imageId', message });
  }
  return misfits;
};

// A time that cannot be read counts as expired: fail closed. Times without a zone are Beijing time.
function hasExpired({ expiredTime }: Image, now: Date): boolean {
  if (!expiredTime) return false;
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(expiredTime);
  const at = Date.parse(hasZone ? expiredTime : `${expiredTime.replace(' ', 'T')}+08:00`);
  return !(at > now.getTime());
}
