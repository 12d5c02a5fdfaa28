import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { Facts } from './facts.js';

/** Whoever asked for a rebuild from certain images did not mean a VM that somebody has put another one on since. */
export function checkFormerImage({ request, instance }: Pick<Facts, 'request' | 'instance'>): Misfit[] {
  const { onlyFromImages } = request;
  const now = instance.imageId ?? null;
  if (onlyFromImages === undefined || (now !== null && onlyFromImages.includes(now))) return [];
  const message = `The VM has image ${now ?? 'unknown'}, and the rebuild was asked for one that has ${onlyFromImages.join(' or ')}.`;
  return [{ code: 'image-changed', field: 'onlyFromImages', message }];
}
